package io.streamviews.event;

import io.quarkus.hibernate.reactive.panache.Panache;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.OptimisticLockException;
import java.time.Duration;
import java.util.function.Supplier;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.hibernate.StaleStateException;
import org.hibernate.exception.ConstraintViolationException;

/**
 * Runs commands, each in one transaction. Whoever loses a race begins again in a new transaction and reads the entity
 * anew; the new transaction is what keeps the order of the {@link EventLog}. Work goes on to its end when the client has
 * gone or the time is up: Hibernate Reactive would leak the connection of work that is cancelled half-way.
 */
@ApplicationScoped
public class Transactions {

    private static final int RETRIES = 9;

    private final Wakeup wakeup;
    private final Duration timeout;

    Transactions(
            final Wakeup wakeup,
            @ConfigProperty(name = "streamviews.command.timeout", defaultValue = "10s") final Duration timeout) {
        this.wakeup = wakeup;
        this.timeout = timeout;
    }

    /**
     * @param work reads its entity before it writes anything; may run several times
     * @throws ConflictException if it lost every race
     * @throws io.smallrye.mutiny.TimeoutException if it has not ended in time; whether it takes effect is not known
     */
    public <T> Uni<T> run(final Supplier<Uni<T>> work) {
        return toItsEnd(Uni.createFrom()
                .deferred(() -> Panache.withTransaction(work))
                .onFailure(Transactions::isLostRace)
                .retry()
                .atMost(RETRIES)
                .onFailure(Transactions::isLostRace)
                .transform(lost -> new ConflictException(lost))
                .invoke(wakeup::wake));
    }

    /** Reads, without a transaction. */
    public <T> Uni<T> read(final Supplier<Uni<T>> work) {
        return toItsEnd(Uni.createFrom().deferred(() -> Panache.withSession(work)));
    }

    private <T> Uni<T> toItsEnd(final Uni<T> work) {
        return Uni.createFrom()
                .<T>emitter(outcome -> work.subscribe().with(outcome::complete, outcome::fail))
                .ifNoItem()
                .after(timeout)
                .fail();
    }

    private static boolean isLostRace(final Throwable failure) {
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
