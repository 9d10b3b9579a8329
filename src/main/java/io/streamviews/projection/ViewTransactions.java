package io.streamviews.projection;

import io.smallrye.mutiny.CompositeException;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.function.Function;
import org.jboss.logging.Logger;

/**
 * Transactions that end in bounded time, whatever becomes of PostgreSQL or of the way to it.
 *
 * <p>PostgreSQL itself cancels a statement after the write time-out, and its wait for a lock after half of it; it ends a
 * session that is not told to go on, which would keep its locks from the next attempt. Where no answer comes for twice as
 * long, the connection is cut: left alone it would wait for ever, and attempt after attempt would follow it until the pool
 * is exhausted.
 */
final class ViewTransactions {

    private static final Logger LOG = Logger.getLogger(ViewTransactions.class);

    /** Who replaces a process that is frozen between two statements need not wait for it longer than this. */
    private static final long MAX_IDLE_MS = 10_000;

    private final Pool pool;
    private final Duration patience;
    private final String begin;

    ViewTransactions(Pool pool, Duration writeTimeout) {
        if (writeTimeout.toMillis() < 2) {
            throw new IllegalArgumentException("streamviews.projection.write-timeout is " + writeTimeout);
        }
        this.pool = pool;
        this.patience = writeTimeout.multipliedBy(2);
        this.begin = "BEGIN; SET LOCAL statement_timeout = %1$d; SET LOCAL lock_timeout = %2$d;"
                .concat(" SET LOCAL idle_in_transaction_session_timeout = %3$d")
                .formatted(
                        writeTimeout.toMillis(),
                        writeTimeout.toMillis() / 2,
                        Math.min(writeTimeout.toMillis(), MAX_IDLE_MS));
    }

    /**
     * Runs work in a transaction. Says BEGIN and COMMIT itself, where the client's own transactions would end at the first
     * error, savepoint or not. COMMIT is sent when all else has succeeded, never along with it: a statement that the client
     * itself refuses to send would be missing from what is committed.
     *
     * @param work sends its statements right behind BEGIN, and bounds each wait with {@link #answered}
     */
    <T> Uni<T> run(Function<SqlConnection, Uni<T>> work) {
        return connection().flatMap(connection -> Uni.combine()
                .all()
                .unis(say(connection, begin), work.apply(connection))
                .collectFailures()
                .with((begun, result) -> result)
                .onFailure(CompositeException.class)
                .transform(failures -> failures.getCauses().get(0))
                .call(() -> say(connection, "COMMIT"))
                .onFailure()
                .call(failure -> end(connection, failure))
                .eventually(connection::close));
    }

    /** What PostgreSQL says to statements that are sent together; fails with a {@link NoAnswerException} if nothing. */
    <T> Uni<T> answered(Uni<T> statements) {
        return statements.ifNoItem().after(patience).failWith(() -> new NoAnswerException(patience));
    }

    private Uni<Void> end(SqlConnection connection, Throwable failure) {
        return failure instanceof NoAnswerException
                ? CutConnection.of(connection)
                : say(connection, "ROLLBACK").onFailure().recoverWithUni(() -> CutConnection.of(connection));
    }

    /**
     * One that comes too late goes back to the pool. One that is cut fails its statements; left to itself, the client
     * prints the stack trace in addition.
     */
    private Uni<SqlConnection> connection() {
        Uni<SqlConnection> opening = pool.getConnection()
                .invoke(connection ->
                        connection.exceptionHandler(failure -> LOG.debug("A connection was cut", failure)))
                .memoize()
                .indefinitely();
        return answered(opening).onFailure(NoAnswerException.class).invoke(() -> opening.subscribe()
                .with(SqlConnection::closeAndForget, refused -> {}));
    }

    private Uni<Void> say(SqlConnection connection, String sql) {
        return answered(connection.query(sql).execute().replaceWithVoid());
    }
}
