package io.streamviews.projection;

import io.smallrye.mutiny.CompositeException;
import io.smallrye.mutiny.Uni;
import io.streamviews.postgres.Patience;
import io.streamviews.postgres.Sql;
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
 * long, the connection is cut.
 */
public final class ViewTransactions {

    private static final Logger LOG = Logger.getLogger(ViewTransactions.class);

    /** Who replaces a process that is frozen between two statements need not wait for it longer than this. */
    private static final long MAX_IDLE_MS = 10_000;

    /**
     * For a transaction on a generation that nobody reads: PostgreSQL may lose it in a crash, after which the generation is as if it had
     * not been done, nor what came after it; its owner has lost the connections by then. The exchange is flushed, and with it all before
     * it.
     */
    public static final String UNFLUSHED = "SET LOCAL synchronous_commit = off";

    private final Pool pool;
    private final Duration patience;
    private final String begin;

    public ViewTransactions(Pool pool, Duration writeTimeout) {
        this(pool, writeTimeout, "");
    }

    private ViewTransactions(Pool pool, Duration writeTimeout, String setting) {
        if (writeTimeout.toMillis() < 2) {
            throw new IllegalArgumentException("streamviews.projection.write-timeout is " + writeTimeout);
        }
        this.pool = pool;
        this.patience = writeTimeout.multipliedBy(2);
        this.begin = "BEGIN; SET LOCAL statement_timeout = %1$d; SET LOCAL lock_timeout = %2$d;"
                .concat(" SET LOCAL idle_in_transaction_session_timeout = %3$d%4$s")
                .formatted(
                        writeTimeout.toMillis(),
                        writeTimeout.toMillis() / 2,
                        Math.min(writeTimeout.toMillis(), MAX_IDLE_MS),
                        setting);
    }

    /** Transactions that {@link #UNFLUSHED are not waited for} until they are on the disk. */
    public static ViewTransactions unflushed(Pool pool, Duration writeTimeout) {
        return new ViewTransactions(pool, writeTimeout, "; " + UNFLUSHED);
    }

    /**
     * Runs work in a transaction. Says BEGIN and COMMIT itself, where the client's own transactions would end at the first
     * error, savepoint or not. COMMIT is sent when all else has succeeded, never along with it: a statement that the client
     * itself refuses to send would be missing from what is committed.
     *
     * <p>It goes on to its end when nobody waits for that any more, as when a client has gone: given back half-way, the connection
     * would have the next statements of others be a part of this transaction.
     *
     * @param work sends its statements right behind BEGIN
     */
    public <T> Uni<T> run(Function<SqlConnection, Uni<T>> work) {
        return Uni.createFrom().emitter(outcome -> toItsEnd(work).subscribe().with(outcome::complete, outcome::fail));
    }

    private <T> Uni<T> toItsEnd(Function<SqlConnection, Uni<T>> work) {
        return pool.getConnection().flatMap(connection -> {
            // One that is lost fails its statements; left to itself, the client prints the stack trace in addition.
            connection.exceptionHandler(failure -> LOG.debug("A connection was lost", failure));
            Patience.of(connection, patience);
            return Uni.combine()
                    .all()
                    .unis(Sql.run(connection, begin), Uni.createFrom().deferred(() -> work.apply(connection)))
                    .collectFailures()
                    .with((begun, result) -> result)
                    .onFailure(CompositeException.class)
                    .transform(failures -> failures.getCauses().get(0))
                    .call(() -> Sql.run(connection, "COMMIT"))
                    .onFailure()
                    .call(() -> Sql.run(connection, "ROLLBACK").onFailure().recoverWithNull())
                    .eventually(() -> {
                        Patience.asUsual(connection);
                        return connection.close();
                    });
        });
    }
}
