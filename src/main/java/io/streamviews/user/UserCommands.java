package io.streamviews.user;

import io.smallrye.mutiny.Uni;
import io.streamviews.event.EntityQueues;
import io.streamviews.event.EventLog;
import io.streamviews.event.Transactions;
import io.streamviews.rest.IdempotencyKey;
import io.streamviews.rest.Precondition;
import io.streamviews.rest.RefusedException;
import io.streamviews.rest.Versioned;
import io.streamviews.user.UserEvent.Type;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.function.Supplier;

/**
 * Changes users: one transaction for the entity and its event. What changes one that is there locks, reads, then writes,
 * in this order (see {@link EventLog}).
 */
@ApplicationScoped
public class UserCommands {

    private final EntityQueues queues;
    private final Transactions transactions;
    private final EventLog log;
    private final Clock clock;
    private final UserCreation creation;

    UserCommands(EntityQueues queues, Transactions transactions, EventLog log, Clock clock, UserCreation creation) {
        this.creation = creation;
        this.queues = queues;
        this.transactions = transactions;
        this.log = log;
        this.clock = clock;
    }

    /** @param key null if the request has none */
    public Uni<Versioned<UserData>> create(UserRequest request, IdempotencyKey key) {
        return creation.create(new NewUser(request, key)).map(user -> new Versioned<>(user, 1));
    }

    /** @return the user after the command; one that changes nothing is no event and leaves the version as it is */
    public Uni<Versioned<UserData>> update(long id, UserRequest request, Precondition condition) {
        return run(id, () -> find(id, condition)
                .call(user -> {
                    long before = user.version;
                    return user.update(request, now())
                            ? append(Type.USER_UPDATED, user, before + 1, user.updatedAt)
                            : Uni.createFrom().voidItem();
                })
                .map(User::versioned));
    }

    /** @return the deletion's version */
    public Uni<Long> delete(long id, Precondition condition) {
        return run(id, () -> find(id, condition).chain(user -> user.remove()
                .chain(() -> append(Type.USER_DELETED, user, user.version + 1, now()))
                .replaceWith(() -> user.version + 1)));
    }

    private <T> Uni<T> run(long id, Supplier<Uni<T>> command) {
        return queues.run(UserEvent.AGGREGATE, id, () -> transactions.run(command));
    }

    private Uni<User> find(long id, Precondition condition) {
        return log.lock(UserEvent.AGGREGATE, id)
                .chain(() -> User.<User>findById(id))
                .onItem()
                .ifNull()
                .failWith(() -> RefusedException.unknown("User", id))
                .invoke(user -> condition.check(user.version));
    }

    private Uni<Void> append(Type type, User user, long version, Instant time) {
        return log.append(new UserEvent(type, user.id, user.data(), time, version).toEvent());
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}
