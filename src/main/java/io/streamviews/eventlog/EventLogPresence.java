package io.streamviews.eventlog;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Singleton;

/** Whether the database has an event log: one that the engine alone works in (profile projection) has none. Thread-safe. */
@Singleton
public final class EventLogPresence {

    private static final String IS_THERE = "SELECT to_regclass('public.event_log') IS NOT NULL";

    private final Pool pool;
    private volatile boolean isThere;

    EventLogPresence(Pool pool) {
        this.pool = pool;
    }

    /** Asked for until there is one: another process may make it later, with users and posts. Does not block. */
    public Uni<Boolean> isThere() {
        return isThere
                ? Uni.createFrom().item(true)
                : pool.query(IS_THERE)
                        .execute()
                        .map(rows -> rows.iterator().next().getBoolean(0))
                        .invoke(there -> isThere = there);
    }
}
