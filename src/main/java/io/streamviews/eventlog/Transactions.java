package io.streamviews.eventlog;

import io.quarkus.hibernate.reactive.panache.Panache;
import io.smallrye.mutiny.TimeoutException;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.OptimisticLockException;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.Supplier;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.hibernate.StaleStateException;
import org.hibernate.exception.ConstraintViolationException;

/**
 * Runs commands, each in one transaction. Whoever loses a race begins again in a new transaction and reads the entity
 * anew. Work goes on to its end when the client has gone or the time is up: Hibernate Reactive would leak the connection of
 * work that is cancelled half-way.
 */
@ApplicationScoped
public class Transactions {

    /** Enough for races with others than commands: those wait for each other (see {@link EventLog#lock}). */
    private static final int RETRIES = 3;

    private static final String DELETE = "DELETE FROM public.%s WHERE id = :id AND version = :version RETURNING id";

    private final Wakeup wakeup;
    private final Duration timeout;

    Transactions(
            Wakeup wakeup,
            @ConfigProperty(name = "streamviews.command.timeout", defaultValue = "10s") Duration timeout) {
        this.wakeup = wakeup;
        this.timeout = timeout;
    }

    /**
     * @param work reads its entity before it writes anything; may run several times
     * @throws ConflictException if it lost every race
     * @throws TimeoutException if it has not ended in time; whether it takes effect is not known
     */
    public <T> Uni<T> run(Supplier<Uni<T>> work) {
        return toItsEnd(work, timely -> Uni.createFrom()
                .deferred(() -> Panache.withTransaction(timely))
                .onFailure(Transactions::isLostRace)
                .retry()
                .atMost(RETRIES)
                .onFailure(Transactions::isLostRace)
                .transform(ConflictException::new)
                .invoke(wakeup::wake));
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
        return toItsEnd(work, Panache::withSession);
    }

    /** What has waited for its connection until the time was up is not begun any more. */
    private <T> Uni<T> toItsEnd(Supplier<Uni<T>> work, Function<Supplier<Uni<T>>, Uni<T>> session) {
        return Uni.createFrom().deferred(() -> {
            long deadline = System.nanoTime() + timeout.toNanos();
            Supplier<Uni<T>> timely = () ->
                    System.nanoTime() < deadline ? work.get() : Uni.createFrom().failure(new TimeoutException());
            return Uni.createFrom()
                    .<T>emitter(outcome -> session.apply(timely).subscribe().with(outcome::complete, outcome::fail))
                    .ifNoItem()
                    .after(timeout)
                    .fail();
        });
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
