package io.streamviews.verification;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.streamviews.rest.RefusedException;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/** Verifies when it is time again, by the log that all instances share: one of them does it, and all know the result. */
@ApplicationScoped
class VerificationSchedule {

    private static final Logger LOG = Logger.getLogger(VerificationSchedule.class);
    private static final Duration LOOK = Duration.ofMinutes(1);

    private final Vertx vertx;
    private final Verifier verifier;
    private final VerificationLog log;
    private final VerificationMetrics metrics;
    private final VerificationConfig config;
    private final Clock clock;
    private final boolean enabled;
    private long timer;

    VerificationSchedule(
            Vertx vertx,
            Verifier verifier,
            VerificationLog log,
            VerificationMetrics metrics,
            VerificationConfig config,
            Clock clock,
            @ConfigProperty(name = "streamviews.views.enabled") boolean enabled) {
        this.vertx = vertx;
        this.verifier = verifier;
        this.log = log;
        this.metrics = metrics;
        this.config = config;
        this.clock = clock;
        this.enabled = enabled;
    }

    void onStart(@Observes StartupEvent start) {
        if (enabled) {
            Duration look =
                    config.every().filter(every -> every.compareTo(LOOK) < 0).orElse(LOOK);
            timer = vertx.setPeriodic(1, look.toMillis(), now -> Infrastructure.getDefaultWorkerPool()
                    .execute(this::look));
        }
    }

    void onStop(@Observes ShutdownEvent stop) {
        vertx.cancelTimer(timer);
    }

    private void look() {
        metrics.refresh();
        try {
            if (isTime()) {
                verifier.begin(config.depth());
            }
        } catch (RefusedException underWay) {
            LOG.debug("Another verification is under way");
        } catch (SQLException | RuntimeException away) {
            LOG.debug("Verified when the database is back", away);
        }
    }

    private boolean isTime() throws SQLException {
        if (config.every().isEmpty()) {
            return false;
        }
        Optional<Verification> latest = log.latest(config.depth());
        return latest.isEmpty()
                || !latest.get().startedAt().plus(config.every().get()).isAfter(clock.instant());
    }
}
