package io.streamviews.relay;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.streamviews.eventlog.EventLogPresence;
import io.streamviews.postgres.Recount;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.OptionalLong;

/**
 * How many events are not published yet, counted in the database, so that it is true whichever process publishes. A
 * count takes time as the backlog has events; it goes no further than to {@link #MOST_COUNTED}, is done at most every five
 * seconds, and takes one part in twenty of the time.
 */
@ApplicationScoped
public class Backlog {

    /** Counted within any statement timeout. */
    static final int MOST_COUNTED = 1_000_000;

    private static final String CURSOR = "SELECT event_id FROM public.relay_cursor WHERE name = 'relay'";

    /** The cursor comes as values, so that PostgreSQL sees that few events are behind it, and does not read the whole log. */
    private static final String COUNT =
            "SELECT count(*) FROM (SELECT FROM public.event_log WHERE id > $1 ORDER BY id LIMIT %d) AS behind"
                    .formatted(MOST_COUNTED);

    private static final Duration INTERVAL = Duration.ofSeconds(5);
    private static final Duration LONGEST_REST = Duration.ofDays(1);

    private final Pool pool;
    private final EventLogPresence log;
    private final Recount counting = new Recount(this::count, INTERVAL, LONGEST_REST);
    private volatile double events = Double.NaN;

    Backlog(Pool pool, EventLogPresence log, MeterRegistry meters) {
        this.pool = pool;
        this.log = log;
        Gauge.builder("streamviews.relay.backlog", () -> events)
                .description("Events not published yet, a million at most; NaN while the database is away")
                .register(meters);
    }

    /** As last counted; empty if it is not known. */
    public OptionalLong events() {
        double counted = events;
        return Double.isNaN(counted) ? OptionalLong.empty() : OptionalLong.of((long) counted);
    }

    void onStart(@Observes StartupEvent start) {
        counting.start();
    }

    void onStop(@Observes ShutdownEvent stop) {
        counting.close();
    }

    private Uni<Void> count() {
        return log.isThere()
                .chain(there -> there ? behindTheCursor() : Uni.createFrom().item(0L))
                .invoke(counted -> events = counted)
                .onFailure()
                .invoke(away -> events = Double.NaN)
                .replaceWithVoid();
    }

    private Uni<Long> behindTheCursor() {
        return pool.query(CURSOR)
                .execute()
                .map(rows -> rows.iterator().next())
                .chain(cursor -> pool.preparedQuery(COUNT).execute(Tuple.of(cursor.getLong("event_id"))))
                .map(rows -> rows.iterator().next().getLong(0));
    }
}
