package io.streamviews.postgres;

import io.quarkus.runtime.ShutdownEvent;
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
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jboss.logging.Logger;

/** Forgets rows some time after they were last of use, every ten minutes; in portions, since no statement may take long. */
@ApplicationScoped
public class Retention {

    private static final Logger LOG = Logger.getLogger(Retention.class);
    private static final long INTERVAL_MS = Duration.ofMinutes(10).toMillis();
    private static final int PORTION = 10_000;

    private final Vertx vertx;
    private final Pool pool;
    private final Clock clock;
    private final Queue<Long> timers = new ConcurrentLinkedQueue<>();

    Retention(Vertx vertx, Pool pool, Clock clock) {
        this.vertx = vertx;
        this.pool = pool;
        this.clock = clock;
    }

    /**
     * From now on until the application stops.
     *
     * @param delete deletes what is older than the time {@code $1}, {@code $2} rows at most, and answers or affects as many
     */
    public void keep(String delete, Duration age) {
        timers.add(vertx.setPeriodic(INTERVAL_MS, now -> forget(delete, age)
                .subscribe()
                .with(done -> {}, away -> LOG.debug("What is old is forgotten next time", away))));
    }

    /** Once, now. */
    public Uni<Void> forget(String delete, Duration age) {
        Tuple before = Tuple.of(OffsetDateTime.ofInstant(clock.instant().minus(age), ZoneOffset.UTC), PORTION);
        return Uni.createFrom()
                .deferred(() -> pool.preparedQuery(delete).execute(before))
                .repeat()
                .whilst(rows -> rows.rowCount() == PORTION)
                .collect()
                .last()
                .replaceWithVoid();
    }

    void onStop(@Observes ShutdownEvent stop) {
        timers.forEach(vertx::cancelTimer);
    }
}
