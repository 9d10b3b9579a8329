package io.streamviews.kafka;

/**
 * A topic exists with another number of partitions than configured. Nothing can go on: keys would be in other
 * partitions than their events so far, and the two topics would no longer fit together.
 */
public final class TopicMismatchException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    TopicMismatchException(String topic, int expected, int found) {
        super("Topic %s: expected %d partitions, found %d. Set streamviews.topics.partitions=%d, or name another topic."
                .formatted(topic, expected, found, found));
    }
}
