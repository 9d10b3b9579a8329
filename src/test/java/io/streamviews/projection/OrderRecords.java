package io.streamviews.projection;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.streamviews.source.Message;

/** Events of orders, at chosen places of one partition. */
public record OrderRecords(String topic, int partition) implements RowRecords {

    TopicRecord created(long offset, long id, String country) {
        return event(offset, "ORDER_CREATED", id, country, 1);
    }

    @Override
    public TopicRecord updated(long offset, long id, String country, long version) {
        return event(offset, "ORDER_UPDATED", id, country, version);
    }

    @Override
    public TopicRecord deleted(long offset, long id, long version) {
        return event(offset, "ORDER_DELETED", id, "gone", version);
    }

    TopicRecord event(long offset, String type, long id, String country, long version) {
        String json =
                """
                {"eventType":"%s","orderId":%d,"order":{"id":%d,"country":"%s"},"timestamp":"2025-07-17T06:03:43.793003009",
                "version":%d}
                """
                        .formatted(type, id, id, country, version);
        return raw(offset, Long.toString(id), json.getBytes(UTF_8));
    }

    @Override
    public TopicRecord raw(long offset, String key, byte[] value) {
        return new TopicRecord(
                topic,
                partition,
                offset,
                offset,
                new Message(key == null ? null : key.getBytes(UTF_8), value, 1_752_732_223_000L));
    }

    @Override
    public String rows() {
        return "SELECT order_id, country, version FROM %s.order_view";
    }
}
