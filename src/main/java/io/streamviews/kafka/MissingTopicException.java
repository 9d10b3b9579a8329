package io.streamviews.kafka;

/** A topic is absent that this application may not create. It is waited for. */
public final class MissingTopicException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    MissingTopicException(String topic, int partitions) {
        super("Topic %s is not there, and streamviews.topics.create is false: create it, with %d partitions"
                .formatted(topic, partitions));
    }
}
