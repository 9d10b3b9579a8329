package io.streamviews.eventlog;

import io.quarkus.hibernate.reactive.panache.Panache;
import io.smallrye.mutiny.TimeoutException;
import io.smallrye.mutiny.Uni;
import io.streamviews.postgres.Coalesced;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.SqlConnection;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.OptimisticLockException;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.Supplier;
import org.hibernate.StaleStateException;
import org.hibernate.exception.ConstraintViolationException;
import org.jboss.logging.Logger;

/**
 * Where everything is that appends to the event log: one transaction for the entity and its event, and the relay is woken
 * when it has committed. Whoever loses a race begins again in a new transaction and reads the entity anew. Work goes on to
 * its end when the client has gone or the time is up: Hibernate Reactive would leak the connection of work that is
 * cancelled half-way.
 */
@ApplicationScoped
public class Transactions {

    private static final Logger LOG = Logger.getLogger(Transactions.class);

    /** Enough for races with others than commands: those wait for each other. */
    private static final int RETRIES = 3;

    // an advisory lock: it writes nothing, and needs no row
    private static final String LOCK = "SELECT 1 FROM pg_advisory_xact_lock(hashtext(:type), hashint8(:id))";

    private static final String NOTIFY = "NOTIFY " + EventLog.CHANNEL;
    private static final String DELETE = "DELETE FROM public.%s WHERE id = :id AND version = :version RETURNING id";

    private final Pool pool;
    private final EntityQueues queues;
    private final Duration timeout;
    private final Coalesced wakeup = new Coalesced(this::wakeRelay, 0);

    Transactions(Pool pool, EntityQueues queues, CommandConfig config) {
        this.pool = pool;
        this.queues = queues;
        this.timeout = config.timeout();
    }

    /**
     * Runs a command on one entity, which it has to itself until its transaction ends: in this process by a queue, so that
     * it takes no connection while it waits, and among all by a lock. It reads what the one before it has committed.
     *
     * @param command reads the entity before it writes anything; may run several times
     * @throws BusyException if too many wait for the entity
     * @throws ConflictException if it lost every race
     * @throws TimeoutException if it has not ended in time; whether it takes effect is not known
     */
    public <T> Uni<T> change(String aggregateType, long aggregateId, Supplier<Uni<T>> command) {
        return Uni.createFrom().deferred(() -> {
            Deadline deadline = Deadline.in(timeout);
            return queues.run(
                    aggregateType,
                    aggregateId,
                    deadline,
                    () -> run(deadline, () -> lock(aggregateType, aggregateId).chain(locked -> command.get())));
        });
    }

    /** Runs a command that makes a new entity. */
    public <T> Uni<T> run(Supplier<Uni<T>> work) {
        return Uni.createFrom().deferred(() -> run(Deadline.in(timeout), work));
    }

    private <T> Uni<T> run(Deadline deadline, Supplier<Uni<T>> work) {
        return toItsEnd(deadline, work, timely -> Uni.createFrom()
                .deferred(() -> Panache.withTransaction(timely))
                .onFailure(Transactions::isLostRace)
                .retry()
                .atMost(RETRIES)
                .onFailure(Transactions::isLostRace)
                .transform(ConflictException::new)
                .invoke(wakeup::ask));
    }

    /**
     * Runs work on many new entities, by statements of its own on a connection instead of Hibernate's. It has nobody to race
     * with, and its time is the caller's to measure.
     */
    public <T> Uni<T> runOnConnection(Function<SqlConnection, Uni<T>> work) {
        return pool.withTransaction(connection -> {
                    // left to itself, the client prints the stack trace of a lost connection, too
                    connection.exceptionHandler(failure -> LOG.debug("A connection was lost", failure));
                    return work.apply(connection);
                })
                .invoke(wakeup::ask);
    }

    /** The same for work of which one statement changes something, and is a transaction by itself: fewer round trips. */
    public <T> Uni<T> runStatement(Function<SqlClient, Uni<T>> work) {
        return Uni.createFrom().deferred(() -> work.apply(pool)).invoke(wakeup::ask);
    }

    /**
     * Deletes an entity in the current transaction; a lost race if it is not there at this version. By a statement of our
     * own, since Hibernate Reactive's deletion mixes up those of several sessions (hibernate-reactive issue 1713), and as
     * a query, since after an update it warns of clean-up work that it leaves undone.
     */
    public static Uni<Void> delete(String table, long id, long version) {
        return Panache.getSession()
                .chain(session -> session.createNativeQuery(DELETE.formatted(table), Long.class)
                        .setParameter("id", id)
                        .setParameter("version", version)
                        .getSingleResultOrNull())
                .onItem()
                .ifNull()
                .failWith(() -> new StaleStateException("%s %d is not at version %d".formatted(table, id, version)))
                .replaceWithVoid();
    }

    /** Reads, without a transaction. */
    public <T> Uni<T> read(Supplier<Uni<T>> work) {
        return Uni.createFrom().deferred(() -> toItsEnd(Deadline.in(timeout), work, Panache::withSession));
    }

    /**
     * Wakes the active relay, wherever it runs, after a commit: one that is woken before it sees nothing. A statement of its
     * own, at most one in flight: a NOTIFY inside the commands' transactions would take a lock of the whole cluster at each
     * commit and hold it while the log is synced to disk, one writer after the other. One that gets lost is no harm: the relay
     * looks by itself.
     */
    private Uni<Void> wakeRelay() {
        return pool.query(NOTIFY)
                .execute()
                .onFailure()
                .invoke(failure -> LOG.debug("The relay was not woken, and will look by itself", failure))
                .replaceWithVoid();
    }

    private static Uni<Integer> lock(String aggregateType, long aggregateId) {
        return Panache.getSession().chain(session -> session.createNativeQuery(LOCK, Integer.class)
                .setParameter("type", aggregateType)
                .setParameter("id", aggregateId)
                .getSingleResult());
    }

    /** What has waited for its connection until the time was up is not begun any more. */
    private static <T> Uni<T> toItsEnd(
            Deadline deadline, Supplier<Uni<T>> work, Function<Supplier<Uni<T>>, Uni<T>> session) {
        Supplier<Uni<T>> timely = () -> deadline.begin(work);
        return deadline.await(Uni.createFrom()
                .emitter(outcome -> session.apply(timely).subscribe().with(outcome::complete, outcome::fail)));
    }

    private static boolean isLostRace(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof OptimisticLockException
                    || cause instanceof StaleStateException
                    || cause instanceof ConstraintViolationException violation
                            && "event_log_aggregate_version".equals(violation.getConstraintName())) {
                return true;
            }
        }
        return false;
    }
}
