package io.streamviews.projection;

import org.apache.kafka.common.TopicPartition;

/**
 * Events that Kafka has lost: a row of {@code projection_gap}.
 *
 * @param topicId of the topic that has lost them
 * @param to null: unknown
 */
record Gap(TopicPartition partition, String topicId, Reason reason, long from, Long to) {

    /** How they were lost, and what is done about it. */
    enum Reason {
        /** Removed before they were read; reading goes on where the log begins. */
        RETENTION(
                "%s no longer has offsets %d to %s, which the views have not read: retention or somebody removed them"),
        /** With their topic; the new one is read from its beginning, and the rows stay. */
        RECREATED(
                "%s was deleted and made anew: what the former topic held from offset %d to %s is lost, as far as it had"
                        + " not been read. Reading the new one from its beginning"),
        /** After they were read; reading goes on where the log is another one. */
        TRUNCATED("%s has lost offsets %d to %s, which the views have read already: the log was truncated. Reading what"
                + " stands there now");

        private final String message;

        Reason(String message) {
            this.message = message;
        }
    }

    @Override
    public String toString() {
        return reason.message.formatted(partition, from, to == null ? "its end" : to.toString())
                + " (recorded in projection_gap)";
    }
}
