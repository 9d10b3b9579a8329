package io.streamviews.user;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.smallrye.mutiny.Uni;
import io.streamviews.eventlog.EntityQueues;
import io.streamviews.eventlog.Event;
import io.streamviews.eventlog.EventLog;
import io.streamviews.eventlog.Transactions;
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
        return creation.create(new NewUser(request, key, log.trace())).map(user -> new Versioned<>(user, 1));
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
        return run(id, () -> find(id, condition).chain(this::remove));
    }

    /**
     * Deletes a user who may have been deleted before, and sees to it that the last event about him says nothing of the
     * person: it stays in the topic when the others have been compacted.
     *
     * @return the version of that event; fails with a {@link RefusedException} (404) if there never was such a user
     */
    public Uni<Long> deleteForGood(long id) {
        return run(id, () -> log.lock(UserEvent.AGGREGATE, id)
                .chain(() -> User.<User>findById(id))
                .chain(user -> user != null ? remove(user) : last(id).chain(this::sayNothing)));
    }

    /**
     * Says once more that a user is deleted. To a topic in which nothing is published any more: it compacts what came before
     * the latest segment, and begins a segment when something is.
     */
    public Uni<Long> deleteAgain(long id) {
        return run(id, () -> log.lock(UserEvent.AGGREGATE, id)
                .chain(() -> last(id))
                .chain(last -> appendDeletion(id, last.version() + 1)));
    }

    private Uni<Long> remove(User user) {
        return user.remove().chain(() -> appendDeletion(user.id, user.version + 1));
    }

    private Uni<Long> sayNothing(Event last) {
        UserEvent deletion = UserEvent.CODEC.decode(last.payload().getBytes(UTF_8));
        return deletion.user() == null
                ? Uni.createFrom().item(last.version())
                : appendDeletion(deletion.userId(), last.version() + 1);
    }

    private Uni<Event> last(long id) {
        return log.last(UserEvent.AGGREGATE, id)
                .map(last -> last.orElseThrow(() -> RefusedException.unknown("User", id)));
    }

    private Uni<Long> appendDeletion(long id, long version) {
        return log.append(UserEvent.deleted(id, now(), version).toEvent()).replaceWith(version);
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
