package io.streamviews.verification;

import io.agroal.api.AgroalDataSource;
import io.streamviews.verification.Verification.Depth;
import io.streamviews.verification.VerificationLog.Outcome;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Held by who does a verification, on a connection of its own. PostgreSQL ends that session, and with it the lock, when
 * nothing is said in it for fifteen seconds: one whose process is frozen does not keep others from beginning. The entry is
 * written on this connection, so nobody writes into the entry of a verification that was abandoned.
 */
final class VerificationLock implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(VerificationLock.class);
    private static final Duration INTERVAL = Duration.ofSeconds(5);
    private static final String END_WHEN_SILENT = "SET idle_session_timeout = '15s'";
    private static final String AS_BEFORE = "RESET idle_session_timeout";

    /** What a frozen process has been looking at: its snapshots would hold up who wants to drop their tables. */
    private static final String END_LOOKS =
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND usename = current_user AND application_name = '%s'
            """
                    .formatted(Snapshot.APPLICATION);

    private final Connection connection;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "verification-lock");
        thread.setDaemon(true);
        return thread;
    });

    private VerificationLock(Connection connection) {
        this.connection = connection;
    }

    /** Absent if somebody else has it. */
    static Optional<VerificationLock> tryTake(AgroalDataSource database) throws SQLException {
        VerificationLock lock = new VerificationLock(database.getConnection());
        try {
            lock.execute(END_WHEN_SILENT);
            if (!VerificationLog.lock(lock.connection)) {
                lock.close();
                return Optional.empty();
            }
            lock.execute(END_LOOKS);
        } catch (SQLException failure) {
            lock.close();
            throw failure;
        }
        lock.clock.scheduleAtFixedRate(
                lock::stillHere, INTERVAL.toMillis(), INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
        return Optional.of(lock);
    }

    synchronized long begin(Depth depth, Instant now) throws SQLException {
        return VerificationLog.begin(connection, depth, now);
    }

    synchronized void done(long id, Instant now, Outcome outcome) throws SQLException {
        VerificationLog.done(connection, id, now, outcome);
    }

    synchronized void failed(long id, Instant now, String error) throws SQLException {
        VerificationLog.failed(connection, id, now, error);
    }

    private void stillHere() {
        try {
            execute("SELECT 1");
        } catch (SQLException gone) {
            LOG.debug("The lock of the verification is lost", gone);
        }
    }

    private synchronized void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Does nothing for who has lost it, or never had it. */
    @Override
    public synchronized void close() {
        clock.shutdownNow();
        try (connection) {
            execute(AS_BEFORE);
            VerificationLog.unlock(connection);
        } catch (SQLException gone) {
            LOG.debug("The connection is gone, and its lock with it", gone);
        }
    }
}
