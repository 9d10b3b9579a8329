package io.streamviews.user.erasure;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.smallrye.mutiny.subscription.Cancellable;
import io.smallrye.mutiny.unchecked.Unchecked;
import io.streamviews.postgres.Ticks;
import io.streamviews.user.erasure.Erasures.Entry;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/**
 * Looks every half second for erasures that something can be done for; one that a process has died over, others take. Most looks
 * find nothing, so they are one statement on a connection that is there: those of JDBC are opened for each use.
 */
@ApplicationScoped
class ErasureRunner {

    private static final Logger LOG = Logger.getLogger(ErasureRunner.class);
    private static final Duration LOOK = Duration.ofMillis(500);
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(5);

    /** Longer than a command takes that deletes a user. */
    private static final Duration LEASE = Duration.ofSeconds(40);

    /** Longer than a partition is looked through, and its last answer waited for. */
    private static final Duration LEASE_TO_READ = Duration.ofMinutes(2);

    private static final String TAKE =
            """
            UPDATE public.erasure
               SET next_look_at = clock_timestamp()
                       + CASE state WHEN 'COMPACTING' THEN $2::bigint ELSE $1::bigint END * interval '1 millisecond'
             WHERE id = (SELECT id FROM public.erasure
                          WHERE state <> 'DONE' AND next_look_at <= clock_timestamp()
                          ORDER BY next_look_at LIMIT 1 FOR UPDATE SKIP LOCKED)
            RETURNING id
            """;

    private final Pool pool;
    private final Erasures erasures;
    private final ErasureSteps steps;
    private final boolean enabled;
    private volatile boolean stopping;
    private Cancellable looking = () -> {};

    ErasureRunner(
            Pool pool,
            Erasures erasures,
            ErasureSteps steps,
            @ConfigProperty(name = "streamviews.user-views.enabled") boolean enabled) {
        this.pool = pool;
        this.erasures = erasures;
        this.steps = steps;
        this.enabled = enabled;
    }

    void onStart(@Observes StartupEvent start) {
        if (enabled) {
            looking = Ticks.every(LOOK, this::look);
        }
    }

    void onStop(@Observes ShutdownEvent stop) {
        stopping = true;
        looking.cancel();
    }

    /** Goes on until nothing is to be done. */
    private Uni<Void> look() {
        return Uni.createFrom()
                .deferred(this::take)
                .call(taken -> taken.isPresent()
                        ? work(taken.getAsLong())
                        : Uni.createFrom().voidItem())
                .repeat()
                .whilst(taken -> taken.isPresent() && !stopping)
                .collect()
                .last()
                .replaceWithVoid();
    }

    /** One that is ours for a while; empty if nothing is to be done for any. */
    private Uni<OptionalLong> take() {
        return pool.preparedQuery(TAKE)
                .execute(Tuple.of(LEASE.toMillis(), LEASE_TO_READ.toMillis()))
                .map(rows -> rows.size() == 0
                        ? OptionalLong.empty()
                        : OptionalLong.of(rows.iterator().next().getLong(0)));
    }

    private Uni<Void> work(long id) {
        return Uni.createFrom()
                .voidItem()
                .invoke(Unchecked.consumer(nothing -> {
                    Optional<Entry> taken = erasures.find(id);
                    if (taken.isPresent()) {
                        step(taken.get());
                    }
                }))
                .runSubscriptionOn(Infrastructure.getDefaultWorkerPool());
    }

    private void step(Entry entry) throws SQLException {
        try {
            steps.next(entry);
        } catch (SQLException | RuntimeException e) {
            // not its message: PostgreSQL's tells what was in a row
            LOG.warnf("Erasure %d, %s: an attempt broke off (%s)", entry.id(), entry.state(), kind(e));
            LOG.debug("An erasure broke off", e);
            erasures.waitFor(entry, "An attempt broke off: " + kind(e), AFTER_FAILURE);
        }
    }

    private static String kind(Exception failure) {
        return failure instanceof SQLException refused
                ? "PostgreSQL, " + refused.getSQLState()
                : failure.getClass().getSimpleName();
    }
}
