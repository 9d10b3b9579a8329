package io.streamviews.user.erasure;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.streamviews.user.erasure.Erasures.Entry;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/** Looks every half second for erasures that something can be done for; one that a process has died over, others take. */
@ApplicationScoped
class ErasureRunner {

    private static final Logger LOG = Logger.getLogger(ErasureRunner.class);
    private static final Duration LOOK = Duration.ofMillis(500);
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(5);

    private final Vertx vertx;
    private final Erasures erasures;
    private final ErasureSteps steps;
    private final boolean enabled;
    private final AtomicBoolean working = new AtomicBoolean();
    private volatile boolean stopping;
    private long timer;

    ErasureRunner(
            Vertx vertx,
            Erasures erasures,
            ErasureSteps steps,
            @ConfigProperty(name = "streamviews.user-views.enabled") boolean enabled) {
        this.vertx = vertx;
        this.erasures = erasures;
        this.steps = steps;
        this.enabled = enabled;
    }

    void onStart(@Observes StartupEvent start) {
        if (enabled) {
            timer = vertx.setPeriodic(LOOK.toMillis(), now -> {
                if (working.compareAndSet(false, true)) {
                    Infrastructure.getDefaultWorkerPool().execute(this::work);
                }
            });
        }
    }

    void onStop(@Observes ShutdownEvent stop) {
        stopping = true;
        vertx.cancelTimer(timer);
    }

    private void work() {
        try {
            for (Optional<Entry> taken = erasures.take(); taken.isPresent() && !stopping; taken = erasures.take()) {
                step(taken.get());
            }
        } catch (SQLException | RuntimeException away) {
            LOG.debug("No look at erasures", away);
        } finally {
            working.set(false);
        }
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
