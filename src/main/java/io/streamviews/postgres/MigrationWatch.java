package io.streamviews.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jboss.logging.Logger;

/**
 * Cuts a JDBC connection on which a migration waits for an answer that will not come: every so often PostgreSQL is asked, on
 * another connection, whether it is doing what this one has sent, and has to say so once in a while. On a thread of its own,
 * until it is closed; its questions are answered within the usual wait.
 */
final class MigrationWatch implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(MigrationWatch.class);
    private static final String IS_AT_WORK =
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = ? AND state = 'active')";

    private final Connection connection;
    private final DataSource source;
    private final Duration interval;
    private final Duration silence;
    private final int pid;
    private final CountDownLatch closed = new CountDownLatch(1);

    private MigrationWatch(Connection connection, DataSource source, Duration interval, Duration silence)
            throws SQLException {
        this.connection = connection;
        this.source = source;
        this.interval = interval;
        this.silence = silence;
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_backend_pid()")) {
            row.next();
            this.pid = row.getInt(1);
        }
    }

    /** @param source leads to the same database */
    static MigrationWatch of(Connection connection, DataSource source, Duration interval, Duration silence)
            throws SQLException {
        MigrationWatch watch = new MigrationWatch(connection, source, interval, silence);
        Thread thread = new Thread(watch::look, "migration-watch");
        thread.setDaemon(true);
        thread.start();
        return watch;
    }

    private void look() {
        long heard = System.nanoTime();
        try {
            while (!closed.await(interval.toMillis(), TimeUnit.MILLISECONDS)) {
                if (isAtWork()) {
                    heard = System.nanoTime();
                } else if (System.nanoTime() - heard > silence.toNanos()) {
                    cut();
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean isAtWork() {
        try (Connection other = source.getConnection();
                PreparedStatement question = other.prepareStatement(IS_AT_WORK)) {
            question.setInt(1, pid);
            try (ResultSet row = question.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        } catch (SQLException away) {
            LOG.debug("Not known whether PostgreSQL is at work on a migration", away);
            return false;
        }
    }

    private void cut() {
        LOG.errorf(
                "PostgreSQL has not been seen at work on the migration for %d s: its connection is cut",
                silence.toSeconds());
        try {
            connection.abort(Runnable::run);
        } catch (SQLException e) {
            LOG.debug("Closed already", e);
        }
    }

    @Override
    public void close() {
        closed.countDown();
    }
}
