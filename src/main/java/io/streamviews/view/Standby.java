package io.streamviews.view;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.streamviews.postgres.Coalesced;
import io.streamviews.postgres.DatabaseConnections;
import io.vertx.core.Vertx;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jboss.logging.Logger;

/**
 * The hot standby that views are read on, if one is named. Looks every so often whether it is there, belongs to the primary
 * and is not too far behind it; else it is not read, and that is said once. While the primary does not answer, nobody can
 * tell how far it is behind, and it is read as it was before: its rows may be old, but the primary has none to give.
 */
@Singleton
public class Standby {

    private static final Logger LOG = Logger.getLogger(Standby.class);
    private static final Duration EVERY = Duration.ofMillis(250);
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final String PRIMARY =
            """
            SELECT (pg_current_wal_flush_lsn() - '0/0')::bigint AS lsn, system_identifier FROM pg_control_system()
            """;
    private static final String REPLICA =
            """
            SELECT pg_is_in_recovery() AS standby, (pg_last_wal_replay_lsn() - '0/0')::bigint AS lsn, system_identifier
            FROM pg_control_system()
            """;

    private final Pool primary;
    private final DatabaseConnections connections;
    private final Vertx vertx;
    private final ReadConfig config;
    private final MeterRegistry meters;
    private final StandbyLag behind = new StandbyLag();
    private final Coalesced looking = new Coalesced(this::look, EVERY.toNanos());
    private final AtomicInteger failures = new AtomicInteger();
    private Pool pool;
    private long timer;
    private volatile String trouble = "it has not been looked at yet";
    private volatile Duration lag;
    private String verdict = "its primary does not answer";
    private Boolean said;

    Standby(Pool primary, DatabaseConnections connections, Vertx vertx, ReadConfig config, MeterRegistry meters) {
        this.primary = primary;
        this.connections = connections;
        this.vertx = vertx;
        this.config = config;
        this.meters = meters;
    }

    void onStart(@Observes StartupEvent start) {
        if (config.host().isEmpty()) {
            return;
        }
        pool = connections.pool(config.host().get(), config.port(), config.maxSize());
        Gauge.builder("streamviews.read.standby", () -> isRead() ? 1 : 0)
                .description("Whether views are read on the standby")
                .register(meters);
        Gauge.builder("streamviews.read.standby.lag", () -> lag == null ? Double.NaN : lag.toNanos() / 1e9)
                .description("How far the standby is behind its primary")
                .baseUnit("seconds")
                .register(meters);
        looking.ask();
        timer = vertx.setPeriodic(EVERY.toMillis(), tick -> looking.ask());
    }

    /** Vert.x outlives a live reload. */
    void onStop(@Observes ShutdownEvent stop) {
        if (pool != null) {
            vertx.cancelTimer(timer);
            pool.closeAndForget();
        }
    }

    /** Whether one is named. */
    public boolean isNamed() {
        return config.host().isPresent();
    }

    /** Why it is not read, in words; empty while it is. */
    public Optional<String> trouble() {
        return Optional.ofNullable(trouble);
    }

    /** How far it is behind; null while nobody knows. */
    public Duration lag() {
        return lag;
    }

    public boolean isRead() {
        return isNamed() && trouble == null;
    }

    Pool pool() {
        return pool;
    }

    /** What has been committed before on its primary has come after so long, or it is not read any more. */
    public Duration maxLag() {
        return config.maxLag();
    }

    /** A read has failed on it: it is not read until it has been looked at again. */
    void failed(Throwable failure) {
        failures.incrementAndGet();
        trouble = "a read failed there: " + failure.getMessage();
        looking.ask();
    }

    private Uni<Void> look() {
        int failuresBefore = failures.get();
        long asked = System.nanoTime();
        Uni<Optional<Row>> written =
                first(primary, PRIMARY).map(Optional::of).onFailure().recoverWithItem(Optional.empty());
        return Uni.combine()
                .all()
                .unis(written, first(pool, REPLICA))
                .with((newest, replica) -> judge(newest, replica, asked))
                .onFailure()
                .recoverWithItem(failure -> "it does not answer: " + failure.getMessage())
                .invoke(found -> decide(failures.get() == failuresBefore ? found : trouble))
                .replaceWithVoid();
    }

    private static Uni<Row> first(Pool pool, String sql) {
        return pool.preparedQuery(sql)
                .execute()
                .map(rows -> rows.iterator().next())
                .ifNoItem()
                .after(PATIENCE)
                .fail();
    }

    /** Why it may not be read; null if it may. */
    private String judge(Optional<Row> newest, Row replica, long asked) {
        if (!replica.getBoolean("standby")) {
            return "it is no standby";
        }
        if (newest.isEmpty()) {
            lag = null;
            return verdict;
        }
        Row current = newest.get();
        if (!current.getLong("system_identifier").equals(replica.getLong("system_identifier"))) {
            lag = null;
            verdict = "it is not a standby of the PostgreSQL that the views are written on";
            return verdict;
        }
        behind.written(current.getLong("lsn"), asked);
        lag = behind.replayed(replica.getLong("lsn"), System.nanoTime()).orElse(null);
        if (lag == null) {
            verdict = "it is behind, and nobody can tell how far";
        } else if (lag.compareTo(config.maxLag()) > 0) {
            verdict = "it is %.1f s behind".formatted(lag.toMillis() / 1e3);
        } else {
            verdict = null;
        }
        return verdict;
    }

    /** @param found why it may not be read; null if it may */
    private void decide(String found) {
        trouble = found;
        boolean read = found == null;
        if (said != null && said == read) {
            return;
        }
        said = read;
        String place = config.host().orElseThrow() + ":" + config.port();
        if (read) {
            LOG.infof("Views are read on the standby at %s", place);
        } else {
            LOG.warnf("Views are read on the primary, not on the standby at %s: %s", place, found);
        }
    }
}
