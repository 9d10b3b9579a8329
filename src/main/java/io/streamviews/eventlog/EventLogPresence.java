package io.streamviews.eventlog;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Singleton;

/** Whether the database has an event log: one that the engine alone works in (profile projection) has none. Thread-safe. */
@Singleton
public final class EventLogPresence {

    private static final String IS_THERE = "SELECT to_regclass('public.event_log') IS NOT NULL";

    private final Pool pool;
    private volatile Boolean known;

    EventLogPresence(Pool pool) {
        this.pool = pool;
    }

    /** Asked for until the database has answered once: migrations come before a start, and not after it. Does not block. */
    public Uni<Boolean> isThere() {
        Boolean answer = known;
        return answer != null
                ? Uni.createFrom().item(answer)
                : pool.query(IS_THERE)
                        .execute()
                        .map(rows -> rows.iterator().next().getBoolean(0))
                        .invoke(there -> known = there);
    }
}
