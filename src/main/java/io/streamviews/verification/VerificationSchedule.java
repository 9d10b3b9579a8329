package io.streamviews.verification;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.smallrye.mutiny.subscription.Cancellable;
import io.streamviews.postgres.Ticks;
import io.streamviews.rest.RefusedException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.sql.SQLException;
import java.util.Optional;
import org.jboss.logging.Logger;

/** Verifies when it is time again, by the log that all instances share: one of them does it, and all know the result. */
@ApplicationScoped
class VerificationSchedule {

    private static final Logger LOG = Logger.getLogger(VerificationSchedule.class);

    private final Verifier verifier;
    private final VerificationMetrics metrics;
    private final VerificationDue due;
    private Cancellable looking;

    VerificationSchedule(Verifier verifier, VerificationMetrics metrics, VerificationDue due) {
        this.verifier = verifier;
        this.metrics = metrics;
        this.due = due;
    }

    void onStart(@Observes StartupEvent start) {
        due.look()
                .ifPresent(every -> looking = Ticks.every(every, () -> Uni.createFrom()
                        .voidItem()
                        .invoke(this::look)
                        .runSubscriptionOn(Infrastructure.getDefaultWorkerPool())));
    }

    void onStop(@Observes ShutdownEvent stop) {
        if (looking != null) {
            looking.cancel();
        }
    }

    private void look() {
        metrics.refresh();
        try {
            Optional<Verification.Depth> depth = due.now();
            if (depth.isPresent()) {
                verifier.begin(depth.get());
            }
        } catch (RefusedException underWay) {
            LOG.debug("Another verification is under way");
        } catch (SQLException | RuntimeException away) {
            LOG.debug("Verified when the database is back", away);
        }
    }
}
