package io.streamviews.postgres;

import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.mutiny.pgclient.PgConnection;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;

/**
 * Sees to it that one process does a work. PostgreSQL holds the lock for a connection, and ends it with that one; and it ends
 * a session in which nothing is said, or nothing read, for fifteen seconds. So a process that is frozen is replaced as one is
 * that has died, and whatever is done on this connection is done by who has the lock, or not at all.
 */
public final class SessionLock implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(SessionLock.class);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final long HEARD_OF_MS = 4_000;

    private static final String PREPARE =
            """
            SET application_name = '%s';
            SET tcp_user_timeout = '15s';
            SET idle_session_timeout = '15s';
            """;
    private static final String TRY_LOCK = "SELECT pg_try_advisory_lock(%s)";
    private static final String UNLOCK = "SELECT pg_advisory_unlock_all()";

    private final Vertx vertx;
    private final PgConnection connection;
    private final AtomicBoolean unanswered = new AtomicBoolean();
    private final long beats;
    private volatile boolean silent;

    private SessionLock(Vertx vertx, PgConnection connection) {
        this.vertx = vertx;
        this.connection = connection;
        connection.exceptionHandler(SessionLock::lost);
        this.beats = vertx.setPeriodic(HEARD_OF_MS, elapsed -> stillHere());
    }

    /**
     * Absent if somebody else has it.
     *
     * @param name of the session, for people
     * @param key of the lock, as PostgreSQL's functions take it
     */
    public static Uni<Optional<SessionLock>> tryTake(DatabaseConnections connections, String name, String key) {
        return connections.open().flatMap(connection -> connection
                .query(PREPARE.formatted(name))
                .execute()
                .chain(() -> connection.query(TRY_LOCK.formatted(key)).execute())
                .map(rows -> {
                    if (rows.iterator().next().getBoolean(0)) {
                        return Optional.of(new SessionLock(connections.vertx(), connection));
                    }
                    connection.closeAndForget();
                    return Optional.<SessionLock>empty();
                })
                .onFailure()
                .invoke(connection::closeAndForget));
    }

    public PgConnection connection() {
        return connection;
    }

    /** A transaction that others wait for ends when the work in it falls silent: nothing else is said then. */
    public void silent(boolean now) {
        silent = now;
    }

    /** Waits for nothing, since a statement may be under way for long. */
    private void stillHere() {
        if (!silent && unanswered.compareAndSet(false, true)) {
            connection
                    .query("SELECT 1")
                    .execute()
                    .onTermination()
                    .invoke(() -> unanswered.set(false))
                    .subscribe()
                    .with(heard -> {}, SessionLock::lost);
        }
    }

    private static void lost(Throwable reason) {
        LOG.debug("A lock is lost", reason);
    }

    public void release() {
        vertx.cancelTimer(beats);
        connection.closeAndForget();
    }

    /** Waits until it is free, if that does not take long. */
    @Override
    public void close() {
        vertx.cancelTimer(beats);
        try {
            connection
                    .query(UNLOCK)
                    .execute()
                    .onItemOrFailure()
                    .transformToUni((free, failure) -> connection.close())
                    .await()
                    .atMost(PATIENCE);
        } catch (RuntimeException e) {
            LOG.debug("Closed already, or busy", e);
            connection.closeAndForget();
        }
    }
}
