package io.streamviews.eventlog;

import java.time.Instant;

/**
 * What a command emits: something that happened to an aggregate, with the aggregate's whole new state in it.
 *
 * @param type past tense, {@code USER_CREATED}
 * @param key the Kafka record's key; events of equal key stay in one partition
 * @param payload the JSON document that is published, byte for byte
 * @param traceparent the trace of its command; null if none is kept, and before it is in the log
 */
public record Event(
        Aggregate aggregate, String type, String key, String payload, Instant occurredAt, String traceparent) {

    /**
     * To which aggregate it happened.
     *
     * @param type {@code user} or {@code post}; decides the topic
     * @param version the aggregate's version after the event: 1 for the first, then without gaps
     */
    public record Aggregate(String type, long id, long version) {}

    public Event(Aggregate aggregate, String type, String key, String payload, Instant occurredAt) {
        this(aggregate, type, key, payload, occurredAt, null);
    }

    public long version() {
        return aggregate.version();
    }

    public Event tracedBy(String trace) {
        return new Event(aggregate, type, key, payload, occurredAt, trace);
    }
}
