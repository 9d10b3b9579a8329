package io.streamviews.verification;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.runtime.ShutdownEvent;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.streamviews.postgres.DatabaseConnections;
import io.streamviews.postgres.Reason;
import io.streamviews.postgres.SessionLock;
import io.streamviews.projection.Projection;
import io.streamviews.rest.RefusedException;
import io.streamviews.verification.Verification.Depth;
import io.streamviews.verification.VerificationLog.Outcome;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import java.sql.SQLException;
import java.time.Clock;
import org.jboss.logging.Logger;

/**
 * Verifies the live views, one verification at a time in all instances. Nothing that it does is seen by readers, or holds
 * writers up.
 */
@ApplicationScoped
class Verifier {

    private static final Logger LOG = Logger.getLogger(Verifier.class);

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Instance<Projection> live;
    private final DatabaseConnections connections;
    private final Comparisons comparisons;
    private final VerificationMetrics metrics;
    private final Clock clock;
    private volatile boolean stopping;

    Verifier(
            Instance<Projection> live,
            DatabaseConnections connections,
            Comparisons comparisons,
            VerificationMetrics metrics,
            Clock clock) {
        this.live = live;
        this.connections = connections;
        this.comparisons = comparisons;
        this.metrics = metrics;
        this.clock = clock;
    }

    /**
     * Begins a verification, and returns its id while it goes on. Blocks.
     *
     * @throws RefusedException (409) if one is under way
     */
    long begin(Depth depth) {
        live.get(); // the first who asks for it makes the schema
        SessionLock lock = SessionLock.tryTake(connections, "streamviews verification lock", VerificationLog.LOCK)
                .await()
                .indefinitely()
                .orElseThrow(() -> RefusedException.conflict("A verification is under way"));
        try {
            lock.connection().query(Snapshot.END_ALL).executeAndAwait();
            long id = VerificationLog.begin(lock, depth, clock.instant());
            Infrastructure.getDefaultWorkerPool().execute(() -> run(lock, id, depth));
            return id;
        } catch (RuntimeException failure) {
            lock.close();
            throw failure;
        }
    }

    void onStop(@Observes ShutdownEvent stop) {
        stopping = true;
        comparisons.cancel();
    }

    private void run(SessionLock lock, long id, Depth depth) {
        try {
            done(lock, id, depth == Depth.DEEP ? comparisons.deep(id) : comparisons.shallow());
        } catch (SQLException | InterruptedException | JsonProcessingException | RuntimeException failure) {
            failed(lock, id, failure);
        } finally {
            lock.close();
            metrics.refresh();
        }
    }

    private void done(SessionLock lock, long id, Comparisons.Found found) throws JsonProcessingException {
        long differing =
                found.results().stream().mapToLong(ViewResult::differing).sum();
        String views = JSON.writeValueAsString(found.results());
        VerificationLog.done(lock, id, clock.instant(), new Outcome(differing, views, found.asOf()));
        if (differing > 0) {
            LOG.errorf("Verification %d: %d rows of the views are not what they must be", id, differing);
        }
    }

    private void failed(SessionLock lock, long id, Exception failure) {
        if (stopping) {
            return; // an entry that is abandoned says so
        }
        String reason = Reason.of(failure);
        LOG.warnf("Verification %d failed: %s", id, reason);
        try {
            VerificationLog.failed(lock, id, clock.instant(), reason);
        } catch (RuntimeException gone) {
            LOG.debug("The lock is gone; the entry counts as abandoned", gone);
        }
    }
}
