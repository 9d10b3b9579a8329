package io.streamviews.projection;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.streamviews.source.Message;

/** User events as producers in the seed's own format write them, at chosen places of one partition. */
public record UserRecords(String topic, int partition) implements RowRecords {

    TopicRecord created(long offset, long id, String department) {
        return event(offset, "USER_CREATED", id, department, "ACTIVE", 1);
    }

    @Override
    public TopicRecord updated(long offset, long id, String department, long version) {
        return event(offset, "USER_UPDATED", id, department, "ACTIVE", version);
    }

    @Override
    public TopicRecord deleted(long offset, long id, long version) {
        return event(offset, "USER_DELETED", id, "gone", "INACTIVE", version);
    }

    TopicRecord event(long offset, String type, long id, String department, String status, long version) {
        String json =
                """
                {"eventType":"%s","userId":%d,"user":{"id":%d,"name":"n%d","email":"e@example.com","department":"%s",
                "status":"%s","createdAt":"2025-07-17T06:03:43.792924968","updatedAt":"2025-07-17T06:03:43.793003009"},
                "timestamp":"2025-07-17T06:03:43.793003009","version":%d}
                """
                        .formatted(type, id, id, id, department, status, version);
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
        return "SELECT user_id, department, version FROM %s.user_view";
    }
}
