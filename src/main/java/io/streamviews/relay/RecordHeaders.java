package io.streamviews.relay;

import io.streamviews.eventlog.Event;
import io.streamviews.eventlog.Traces;
import java.nio.charset.StandardCharsets;
import java.time.format.DateTimeFormatter;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeader;

/**
 * What a record says beside its value, which is the same bytes with and without: the trace that it belongs to, and, on
 * request, the attributes of CloudEvents' binary binding for Kafka, by which others' tools know it.
 */
final class RecordHeaders {

    private RecordHeaders() {}

    /**
     * @param traceparent null if it belongs to no trace
     * @return null if there are none
     */
    static Headers of(Event event, String traceparent, boolean cloudEvents) {
        if (traceparent == null && !cloudEvents) {
            return null;
        }
        Headers headers = new org.apache.kafka.common.header.internals.RecordHeaders();
        if (traceparent != null) {
            add(headers, Traces.TRACEPARENT, traceparent);
        }
        if (cloudEvents) {
            add(headers, "ce_specversion", "1.0");
            add(headers, "ce_id", "%d:%d".formatted(event.aggregate().id(), event.version()));
            add(headers, "ce_source", "/api/%ss".formatted(event.aggregate().type()));
            add(headers, "ce_type", event.type());
            add(headers, "ce_subject", Long.toString(event.aggregate().id()));
            add(headers, "ce_time", DateTimeFormatter.ISO_INSTANT.format(event.occurredAt()));
            add(headers, "content-type", "application/json");
        }
        return headers;
    }

    private static void add(Headers headers, String name, String value) {
        headers.add(new RecordHeader(name, value.getBytes(StandardCharsets.UTF_8)));
    }
}
