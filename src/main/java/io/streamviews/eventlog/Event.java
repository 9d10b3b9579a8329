package io.streamviews.eventlog;

import java.time.Instant;

/**
 * What a command emits: something that happened to an aggregate, with the aggregate's whole new state in it.
 *
 * @param aggregateType {@code user} or {@code post}; decides the topic
 * @param version the aggregate's version after the event: 1 for the first, then without gaps
 * @param type past tense, {@code USER_CREATED}
 * @param key the Kafka record's key; events of equal key stay in one partition
 * @param payload the JSON document that is published, byte for byte
 * @param traceparent the trace of its command; null if none is kept, and before it is in the log
 */
public record Event(
        String aggregateType,
        long aggregateId,
        long version,
        String type,
        String key,
        String payload,
        Instant occurredAt,
        String traceparent) {

    public Event(
            String aggregateType,
            long aggregateId,
            long version,
            String type,
            String key,
            String payload,
            Instant occurredAt) {
        this(aggregateType, aggregateId, version, type, key, payload, occurredAt, null);
    }

    public Event tracedBy(String trace) {
        return new Event(aggregateType, aggregateId, version, type, key, payload, occurredAt, trace);
    }
}
