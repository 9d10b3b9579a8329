package io.streamviews.rebuild;

import io.smallrye.mutiny.Uni;
import io.streamviews.postgres.DatabaseConnections;
import io.streamviews.postgres.Patience;
import io.vertx.mutiny.pgclient.PgConnection;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;

/**
 * Sees to it that one process works on a rebuild. PostgreSQL holds the lock for a connection, and ends it with that one; and
 * it ends a session in which nothing is said, or nothing read, for fifteen seconds. So a process that is frozen is replaced as one is that has died,
 * and whatever is done on this connection is done by who has the lock, or not at all.
 */
final class RebuildLock {

    private static final Logger LOG = Logger.getLogger(RebuildLock.class);
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final String PREPARE =
            """
            SET application_name = 'streamviews rebuild';
            SET client_min_messages = warning;
            SET statement_timeout = 0;
            SET lock_timeout = 0;
            SET tcp_keepalives_idle = 5;
            SET tcp_keepalives_interval = 2;
            SET tcp_keepalives_count = 3;
            SET tcp_user_timeout = '15s';
            SET idle_session_timeout = '15s';
            """;
    private static final String TRY_LOCK = "SELECT pg_try_advisory_lock(7239378213490)";

    private final PgConnection connection;
    private final AtomicBoolean unanswered = new AtomicBoolean();
    private volatile boolean silent;

    private RebuildLock(PgConnection connection) {
        this.connection = connection;
    }

    /** Absent if somebody else has it. */
    static Uni<Optional<RebuildLock>> tryTake(DatabaseConnections connections) {
        return connections.open().invoke(Patience::whileAtWork).flatMap(connection -> connection
                .query(PREPARE)
                .execute()
                .chain(() -> connection.query(TRY_LOCK).execute())
                .map(rows -> rows.iterator().next().getBoolean(0))
                .map(mine -> {
                    if (!mine) {
                        connection.closeAndForget();
                        return Optional.<RebuildLock>empty();
                    }
                    connection.exceptionHandler(gone -> LOG.debug("The lock of the rebuild is lost", gone));
                    return Optional.of(new RebuildLock(connection));
                })
                .onFailure()
                .invoke(connection::closeAndForget));
    }

    PgConnection connection() {
        return connection;
    }

    /** To be said several times in fifteen seconds. Waits for nothing, since a statement may be under way for long. */
    void stillHere() {
        if (!silent && unanswered.compareAndSet(false, true)) {
            connection
                    .query("SELECT 1")
                    .execute()
                    .onTermination()
                    .invoke(() -> unanswered.set(false))
                    .subscribe()
                    .with(heard -> {}, gone -> LOG.debug("The lock of the rebuild is lost", gone));
        }
    }

    /** A transaction that others wait for ends when the work in it falls silent: nothing else is said then. */
    void silent(boolean now) {
        silent = now;
    }

    void release() {
        connection.closeAndForget();
    }

    /** Waits until it is free, if that does not take long. */
    void close() {
        try {
            connection.close().await().atMost(PATIENCE);
        } catch (RuntimeException e) {
            LOG.debug("Closed already", e);
        }
    }
}
