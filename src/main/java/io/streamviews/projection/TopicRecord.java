package io.streamviews.projection;

import io.opentelemetry.api.trace.SpanContext;
import io.streamviews.source.Message;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;

/**
 * A record as it came from Kafka.
 *
 * @param place the offset plus {@link Position#base}, which keeps rising if the topic is recreated or truncated
 * @param trace the trace that it belongs to; null if that is not sampled
 */
public record TopicRecord(String topic, int partition, long offset, long place, Message message, SpanContext trace) {

    private static final long MAX_TIMESTAMP =
            Instant.parse("9999-12-31T23:59:59Z").toEpochMilli();

    public TopicRecord(String topic, int partition, long offset, long place, Message message) {
        this(topic, partition, offset, place, message, null);
    }

    /** The record's key; may be null. */
    public byte[] key() {
        return message.key();
    }

    /** The record's value; null for a Kafka tombstone. */
    public byte[] value() {
        return message.value();
    }

    /** The time stamp, at most the last second of the year 9999. */
    OffsetDateTime time() {
        return Instant.ofEpochMilli(Math.min(message.timestamp(), MAX_TIMESTAMP))
                .atOffset(ZoneOffset.UTC);
    }
}
