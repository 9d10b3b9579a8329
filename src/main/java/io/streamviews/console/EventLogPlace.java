package io.streamviews.console;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import jakarta.inject.Singleton;

/** How far the event log goes, and how far it is published; nothing in a database that has none (profile projection). */
@Singleton
class EventLogPlace {

    private static final String EXISTS = "SELECT to_regclass('public.event_log') IS NOT NULL";

    private static final String PLACE =
            """
            SELECT coalesce((SELECT max(id) FROM public.event_log), 0) AS head,
                   (SELECT event_id FROM public.relay_cursor WHERE name = 'relay') AS cursor
            """;

    private final Pool pool;
    private volatile Boolean exists;

    EventLogPlace(Pool pool) {
        this.pool = pool;
    }

    /**
     * @param head the id of the last event that can be seen
     * @param cursor that of the last one that is published
     */
    record Place(long head, long cursor) {}

    /** Null where there is no event log. */
    Uni<Place> read() {
        Boolean known = exists;
        if (known == null) {
            return pool.query(EXISTS)
                    .execute()
                    .invoke(rows -> exists = rows.iterator().next().getBoolean(0))
                    .chain(this::read);
        }
        return !known
                ? Uni.createFrom().nullItem()
                : pool.query(PLACE).execute().map(rows -> place(rows.iterator().next()));
    }

    private static Place place(Row row) {
        Long cursor = row.getLong("cursor");
        return new Place(row.getLong("head"), cursor == null ? 0 : cursor);
    }
}
