package io.streamviews.relay;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import io.streamviews.eventlog.EventLogPresence;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.Optional;

/**
 * Whether the relay moves on while events wait, seen in the database, so that it is known on every instance whichever of
 * them publishes, also if none does, or Debezium in their place (its heartbeat moves the cursor: docker/debezium). Time is
 * this process's: what clocks say of events does not matter. Where there is no event log, nothing waits.
 */
@ApplicationScoped
public class RelayWatch {

    /**
     * With the oldest of those who are writing, who may hold the events back. The last event is at the index's end; for one with
     * a greater id, PostgreSQL may read the whole log.
     */
    private static final String LOOK =
            """
            SELECT c.event_id, c.holder, c.trouble,
                   extract(epoch FROM clock_timestamp() - c.beat_at)::bigint AS silent_seconds,
                   coalesce((SELECT max(id) FROM public.event_log) > c.event_id, false) AS events_wait,
                   (SELECT coalesce('process ' || w.pid || ' (' || coalesce(nullif(a.application_name, ''), 'no name') || ')',
                                    'a prepared transaction')
                      FROM public.event_log_writer AS w LEFT JOIN pg_stat_activity AS a USING (pid)
                     ORDER BY w.floor
                     LIMIT 1) AS writer
              FROM public.relay_cursor AS c
             WHERE c.name = 'relay'
            """;

    private static final Duration LONGEST_INTERVAL = Duration.ofSeconds(2);
    private static final int LOOKS = 10;
    private static final String DEBEZIUM = "debezium";
    private static final String AWAY = "the database cannot be asked";

    private final Pool pool;
    private final EventLogPresence log;
    private final RelayConfig config;
    private final Duration interval;
    private volatile Sight sight = Sight.ofNothing();
    private volatile Cancellable looking = () -> {};

    RelayWatch(Pool pool, EventLogPresence log, RelayConfig config, MeterRegistry meters) {
        this.pool = pool;
        this.log = log;
        this.config = config;
        Gauge.builder("streamviews.relay.waiting", () -> sight.waitingSeconds())
                .description(
                        "For how long events have waited and none was published, by whomever; NaN while the database is away")
                .baseUnit("seconds")
                .register(meters);
        Duration often = config.stuckAfter().dividedBy(LOOKS);
        this.interval = often.compareTo(LONGEST_INTERVAL) < 0 ? often : LONGEST_INTERVAL;
    }

    /**
     * @param lastError what the relay that publishes says
     * @param reason why nothing is published, if nothing is
     * @param movedAt when no event waited, or some were published
     */
    private record Sight(long position, boolean eventsWait, String lastError, String reason, long movedAt) {

        static Sight ofNothing() {
            return new Sight(-1, false, null, null, System.nanoTime());
        }

        Duration rest() {
            return Duration.ofNanos(System.nanoTime() - movedAt);
        }

        double waitingSeconds() {
            if (AWAY.equals(reason)) {
                return Double.NaN;
            }
            return eventsWait ? rest().toMillis() / 1e3 : 0;
        }
    }

    /** What keeps the relay that publishes from its work, in its own words. */
    public Optional<String> lastError() {
        return Optional.ofNullable(sight.lastError);
    }

    /** Why nothing has been published for too long although events wait. */
    public Optional<String> trouble() {
        Sight seen = sight;
        Duration rest = seen.rest();
        return rest.compareTo(config.stuckAfter()) <= 0
                ? Optional.empty()
                : Optional.of("Nothing has been published for %d s: %s".formatted(rest.toSeconds(), seen.reason));
    }

    void onStart(@Observes StartupEvent start) {
        look();
    }

    void onStop(@Observes ShutdownEvent stop) {
        looking.cancel();
    }

    private void look() {
        looking = Uni.createFrom()
                .nullItem()
                .onItem()
                .delayIt()
                .by(interval)
                .chain(() -> log.isThere()
                        .chain(there -> there
                                ? pool.query(LOOK)
                                        .execute()
                                        .map(rows -> next(rows.iterator().next()))
                                : Uni.createFrom().item(Sight::ofNothing))
                        .ifNoItem()
                        .after(config.stuckAfter())
                        .fail())
                .subscribe()
                .with(
                        seen -> {
                            sight = seen;
                            look();
                        },
                        unseen -> {
                            sight = new Sight(sight.position, true, sight.lastError, AWAY, sight.movedAt);
                            look();
                        });
    }

    private Sight next(Row row) {
        long position = row.getLong("event_id");
        boolean eventsWait = row.getBoolean("events_wait");
        boolean rests = eventsWait && sight.eventsWait && position == sight.position;
        return new Sight(
                position, eventsWait, row.getString("trouble"), reason(row), rests ? sight.movedAt : System.nanoTime());
    }

    private String reason(Row row) {
        if (row.getString("holder") == null) {
            return "no relay is active";
        }
        String holder = row.getString("holder").equals(DEBEZIUM) ? "Debezium" : "the relay that has the lock";
        long silentSeconds = row.getLong("silent_seconds");
        if (silentSeconds > config.frozenAfter().toSeconds() / 3) {
            return holder + " has not been heard of for " + silentSeconds + " s";
        }
        if (row.getString("trouble") != null) {
            return row.getString("trouble");
        }
        return row.getString("writer") == null
                ? holder + " does not move on"
                : row.getString("writer") + " has written events and does not end its transaction";
    }
}
