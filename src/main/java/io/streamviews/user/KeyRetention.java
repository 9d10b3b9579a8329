package io.streamviews.user;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Clock;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/** Forgets idempotency keys some time after they were last used; a request with a forgotten key is a new request. */
@ApplicationScoped
class KeyRetention {

    private static final Logger LOG = Logger.getLogger(KeyRetention.class);
    private static final long INTERVAL_MS = Duration.ofMinutes(10).toMillis();

    /** At once; a day's keys may be many, and no statement may take long. */
    private static final int CHUNK = 10_000;

    private static final String FORGET =
            """
            DELETE FROM public.idempotency_key WHERE key IN (
                SELECT key FROM public.idempotency_key WHERE used_at < $1 LIMIT %d)
            """
                    .formatted(CHUNK);

    private final Vertx vertx;
    private final Pool pool;
    private final Clock clock;
    private final Duration retention;
    private final boolean enabled;
    private long timer;

    KeyRetention(
            Vertx vertx,
            Pool pool,
            Clock clock,
            @ConfigProperty(name = "streamviews.idempotency.retention", defaultValue = "24h") Duration retention,
            @ConfigProperty(name = "streamviews.user.enabled") boolean enabled) {
        this.vertx = vertx;
        this.pool = pool;
        this.clock = clock;
        this.retention = retention;
        this.enabled = enabled;
    }

    void onStart(@Observes StartupEvent start) {
        if (enabled) {
            timer = vertx.setPeriodic(INTERVAL_MS, now -> forget().subscribe()
                    .with(done -> {}, away -> LOG.debug("Idempotency keys are forgotten next time", away)));
        }
    }

    void onStop(@Observes ShutdownEvent stop) {
        vertx.cancelTimer(timer);
    }

    Uni<Void> forget() {
        Tuple before = Tuple.of(OffsetDateTime.ofInstant(clock.instant().minus(retention), ZoneOffset.UTC));
        return Uni.createFrom()
                .deferred(() -> pool.preparedQuery(FORGET).execute(before))
                .repeat()
                .whilst(rows -> rows.rowCount() == CHUNK)
                .collect()
                .last()
                .replaceWithVoid();
    }
}
