package io.streamviews.projection;

import io.opentelemetry.api.trace.SpanContext;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;

/**
 * A record as it came from Kafka.
 *
 * @param place the offset plus {@link Position#base}, which keeps rising if the topic is recreated or truncated
 * @param timestamp milliseconds since 1970, as the record carries it
 * @param key may be null
 * @param value may be null
 * @param trace the trace that it belongs to; null if that is not sampled
 */
public record TopicRecord(
        String topic,
        int partition,
        long offset,
        long place,
        long timestamp,
        byte[] key,
        byte[] value,
        SpanContext trace) {

    private static final long MAX_TIMESTAMP =
            Instant.parse("9999-12-31T23:59:59Z").toEpochMilli();

    public TopicRecord(String topic, int partition, long offset, long place, long timestamp, byte[] key, byte[] value) {
        this(topic, partition, offset, place, timestamp, key, value, null);
    }

    /** Bytes that it holds in memory, roughly. */
    int size() {
        return 64 + (key == null ? 0 : key.length) + (value == null ? 0 : value.length);
    }

    /** The time stamp, at most the last second of the year 9999. */
    OffsetDateTime time() {
        return Instant.ofEpochMilli(Math.min(timestamp, MAX_TIMESTAMP)).atOffset(ZoneOffset.UTC);
    }
}
