package io.streamviews.projection.deadletter;

import java.time.Instant;

/**
 * A dead letter as it is kept, without its payload.
 *
 * @param key the record's key, may be null
 * @param payloadBytes the payload's size; null for a Kafka tombstone
 * @param error why it could not be applied when it was last tried
 * @param baseView the view whose row it speaks of; null if that cannot be told
 * @param rowKey that row's key as text
 * @param attempts how often it has been tried
 * @param eventAt the record's time stamp
 * @param failedAt when it was last tried
 * @param reason why it was discarded; null if it was not
 * @param discardedAt when it was discarded
 */
public record StoredDeadLetter(
        RecordCoordinates place,
        byte[] key,
        Integer payloadBytes,
        String error,
        String baseView,
        String rowKey,
        int attempts,
        Instant eventAt,
        Instant failedAt,
        State state,
        String reason,
        Instant discardedAt) {

    /** What has become of a dead letter. One that was retried with success is none any more. */
    public enum State {
        /** Its event is missing in the views. */
        OPEN,
        /** The row that it speaks of has seen its event, read again, or one that stands later in the partition. */
        SUPERSEDED,
        /** Somebody has decided to do without it. */
        DISCARDED
    }

    /** A dead letter with the beginning of its payload, which is null for a Kafka tombstone. */
    public record WithPayload(StoredDeadLetter letter, byte[] payload) {

        public boolean isTruncated() {
            return payload != null && payload.length < letter.payloadBytes;
        }
    }
}
