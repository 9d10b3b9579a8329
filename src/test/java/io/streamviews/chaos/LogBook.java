package io.streamviews.chaos;

import io.streamviews.chaos.Archive.Event;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The event log as it is in the end. */
final class LogBook {

    private static final String ALL =
            """
            SELECT aggregate_type, aggregate_id, version, event_type, message_key, occurred_at,
                   coalesce(payload -> 'user' ->> 'name', payload -> 'post' ->> 'title')
            FROM public.event_log
            ORDER BY aggregate_type, aggregate_id, version
            """;

    private final Map<Event, Entry> entries = new HashMap<>();
    private final Map<Event, List<Entry>> byEntity = new HashMap<>();
    private final Map<String, List<Entry>> byMark = new HashMap<>();

    private LogBook() {}

    /** @param mark the one of the last command that created or changed the entity */
    record Entry(Event event, String type, String key, Instant occurredAt, String mark) {

        boolean isDeletion() {
            return type.endsWith("_DELETED");
        }
    }

    static LogBook read(Cluster cluster) {
        LogBook book = new LogBook();
        cluster.query(ALL, row -> {
            Event event = new Event(row.getString(1), row.getLong(2), row.getLong(3));
            Entry entry = new Entry(
                    event,
                    row.getString(4),
                    row.getString(5),
                    row.getObject(6, OffsetDateTime.class).toInstant(),
                    row.getString(7));
            book.add(entry);
            return null;
        });
        return book;
    }

    private void add(Entry entry) {
        entries.put(entry.event, entry);
        byEntity.computeIfAbsent(entity(entry.event.type(), entry.event.id()), none -> new ArrayList<>())
                .add(entry);
        if (!entry.isDeletion()) {
            byMark.computeIfAbsent(entry.mark, none -> new ArrayList<>(1)).add(entry);
        }
    }

    Entry find(Event event) {
        return entries.get(event);
    }

    Iterable<Entry> all() {
        return entries.values();
    }

    int size() {
        return entries.size();
    }

    /** By ascending versions. */
    List<Entry> of(String type, long id) {
        return byEntity.getOrDefault(entity(type, id), List.of());
    }

    /** What created or changed something with this mark. */
    List<Entry> marked(String mark) {
        return byMark.getOrDefault(mark, List.of());
    }

    Iterable<String> marks() {
        return byMark.keySet();
    }

    private static Event entity(String type, long id) {
        return new Event(type, id, 0);
    }
}
