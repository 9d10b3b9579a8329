package io.streamviews.user;

import io.smallrye.mutiny.Uni;
import io.streamviews.eventlog.Event;
import io.streamviews.eventlog.EventLog;
import io.streamviews.eventlog.Transactions;
import io.streamviews.rest.IdempotencyKey;
import io.streamviews.rest.Precondition;
import io.streamviews.rest.RefusedException;
import io.streamviews.rest.Versioned;
import io.streamviews.user.UserEvent.Type;
import jakarta.enterprise.context.ApplicationScoped;

/** Commands on users: one transaction for the entity and its event. */
@ApplicationScoped
public class UserCommands {

    private final Transactions transactions;
    private final EventLog log;
    private final UserCreation creation;

    UserCommands(Transactions transactions, EventLog log, UserCreation creation) {
        this.transactions = transactions;
        this.log = log;
        this.creation = creation;
    }

    /** @param key null if the request has none */
    public Uni<Versioned<UserData>> create(UserRequest request, IdempotencyKey key) {
        return creation.create(new NewUser(request, key, log.trace())).map(user -> new Versioned<>(user, 1));
    }

    /** @return the user after the command; one that changes nothing is no event and leaves the version as it is */
    public Uni<Versioned<UserData>> update(long id, UserRequest request, Precondition condition) {
        return transactions.change(UserEvent.AGGREGATE, id, () -> User.get(id, condition)
                .call(user -> user.update(request, log.now())
                        ? log.append(() -> user.event(Type.USER_UPDATED))
                        : Uni.createFrom().nullItem())
                .map(User::versioned));
    }

    /** @return the deletion's version */
    public Uni<Long> delete(long id, Precondition condition) {
        return transactions.change(
                UserEvent.AGGREGATE, id, () -> User.get(id, condition).chain(this::remove));
    }

    /**
     * Deletes a user who may have been deleted before. The last event about this user says nothing of the person then: it stays
     * in the topic when the others have been compacted.
     *
     * @return the version of that event; fails with a {@link RefusedException} (404) if there never was such a user
     */
    public Uni<Long> deleteForGood(long id) {
        return transactions.change(UserEvent.AGGREGATE, id, () -> User.<User>findById(id)
                .chain(user -> user != null ? remove(user) : last(id).chain(this::forget)));
    }

    /**
     * Publishes once more that a user is deleted. For a topic in which nothing else is published: Kafka compacts only what came
     * before the latest segment, and begins a new segment only when something is published.
     */
    public Uni<Long> deleteAgain(long id) {
        return transactions.change(
                UserEvent.AGGREGATE, id, () -> last(id).chain(last -> appendDeletion(id, last.version() + 1)));
    }

    private Uni<Long> remove(User user) {
        return user.remove().chain(() -> appendDeletion(user.id, user.version + 1));
    }

    private Uni<Long> forget(Event last) {
        UserEvent deletion = UserEvent.of(last);
        return deletion.user() == null
                ? Uni.createFrom().item(last.version())
                : appendDeletion(deletion.userId(), last.version() + 1);
    }

    private Uni<Event> last(long id) {
        return log.last(UserEvent.AGGREGATE, id)
                .map(last -> last.orElseThrow(() -> RefusedException.unknown("User", id)));
    }

    private Uni<Long> appendDeletion(long id, long version) {
        return log.append(() -> UserEvent.deleted(id, log.now(), version).toEvent());
    }
}
