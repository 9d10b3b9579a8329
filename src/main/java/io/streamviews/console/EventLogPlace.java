package io.streamviews.console;

import io.smallrye.mutiny.Uni;
import io.streamviews.eventlog.EventLogPresence;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import jakarta.inject.Singleton;

/** How far the event log goes, and how far it is published; nothing in a database that has none (profile projection). */
@Singleton
class EventLogPlace {

    private static final String PLACE =
            """
            SELECT coalesce((SELECT max(id) FROM public.event_log), 0) AS head,
                   (SELECT event_id FROM public.relay_cursor WHERE name = 'relay') AS cursor
            """;

    private final Pool pool;
    private final EventLogPresence log;

    EventLogPlace(Pool pool, EventLogPresence log) {
        this.pool = pool;
        this.log = log;
    }

    /**
     * @param head the id of the last event that can be seen
     * @param cursor that of the last one that is published
     */
    record Place(long head, long cursor) {}

    /** Null where there is no event log. */
    Uni<Place> read() {
        return log.isThere()
                .chain(there -> there
                        ? pool.query(PLACE)
                                .execute()
                                .map(rows -> place(rows.iterator().next()))
                        : Uni.createFrom().nullItem());
    }

    private static Place place(Row row) {
        Long cursor = row.getLong("cursor");
        return new Place(row.getLong("head"), cursor == null ? 0 : cursor);
    }
}
