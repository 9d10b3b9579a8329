package io.streamviews.user;

import io.smallrye.mutiny.Uni;
import io.streamviews.eventlog.CommandConfig;
import io.streamviews.eventlog.Event;
import io.streamviews.eventlog.EventLog;
import io.streamviews.eventlog.GroupCommit;
import io.streamviews.eventlog.Transactions;
import io.streamviews.user.UserKeys.Claim;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.SqlConnection;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Creates users, any number with the same few statements: ids, then keys, then entities and events. A new user needs no lock
 * and no look at what is there, so requests that come at the same time share one transaction.
 */
@ApplicationScoped
public class UserCreation {

    private static final int MAX_IN_GROUP = 500;
    private static final int MAX_GROUPS = 2;

    private final Transactions transactions;
    private final EventLog log;
    private final Pool pool;
    private final GroupCommit<NewUser, Uni<UserData>> group;

    UserCreation(Transactions transactions, EventLog log, Pool pool, CommandConfig config) {
        this.transactions = transactions;
        this.log = log;
        this.pool = pool;
        this.group =
                new GroupCommit<>(MAX_IN_GROUP, MAX_GROUPS, config.maxWaiting(), config.timeout(), this::createGroup);
    }

    /**
     * The user as created, now or when the request's key was first used; refused if the key was used for another request, or
     * if its first request is being worked on.
     */
    Uni<UserData> create(NewUser user) {
        return group.submit(user).chain(answer -> answer);
    }

    /** Creates users in the transaction of a connection, in their order and whatever their keys. */
    public Uni<List<UserData>> createAll(SqlConnection connection, List<NewUser> users) {
        return prepare(connection, users)
                .call(all -> insert(connection, all))
                .map(all -> all.stream().map(CreatedUser::data).toList());
    }

    /** For each request its answer, once the group is committed. */
    private Uni<List<Uni<UserData>>> createGroup(List<NewUser> users) {
        return users.stream().allMatch(user -> user.key() == null)
                ? transactions.runStatement(client -> prepare(client, users)
                        .call(all ->
                                log.append(client, events(all), UserInserts.INSERT_ALONG, UserInserts.columns(all)))
                        .map(all -> all.stream()
                                .map(user -> Uni.createFrom().item(user.data()))
                                .toList()))
                : createOnce(users);
    }

    private Uni<List<Uni<UserData>>> createOnce(List<NewUser> users) {
        return transactions.runOnConnection(
                connection -> prepare(connection, users).chain(all -> UserKeys.claim(connection, all)
                        .call(claims -> insert(
                                connection,
                                all.stream()
                                        .filter(user -> claims.get(user.id()) == Claim.FIRST)
                                        .toList()))
                        .map(claims -> all.stream()
                                .map(user -> answer(user, claims.get(user.id())))
                                .toList())));
    }

    private Uni<UserData> answer(CreatedUser user, Claim claim) {
        return switch (claim) {
            case FIRST -> Uni.createFrom().item(user.data());
            case REPEATED -> former(user.asked());
            case IN_USE -> Uni.createFrom().failure(UserKeys.inUse());
        };
    }

    private Uni<List<CreatedUser>> prepare(SqlClient client, List<NewUser> users) {
        if (users.isEmpty()) {
            return Uni.createFrom().item(List.of());
        }
        return UserInserts.reserve(client, users.size()).map(ids -> {
            Instant now = log.now();
            return IntStream.range(0, ids.size())
                    .mapToObj(i -> users.get(i).created(ids.get(i), now))
                    .toList();
        });
    }

    private static List<Event> events(List<CreatedUser> users) {
        return users.stream().map(CreatedUser::event).toList();
    }

    private Uni<Void> insert(SqlConnection connection, List<CreatedUser> users) {
        return users.isEmpty()
                ? Uni.createFrom().voidItem()
                : Uni.combine()
                        .all()
                        .unis(UserInserts.insert(connection, users), log.append(connection, events(users)))
                        .discardItems();
    }

    /** What the key's first request created, as the log has it; once the key is forgotten, the request is a new one. */
    private Uni<UserData> former(NewUser user) {
        return UserKeys.find(pool, user)
                .chain(id -> id.isEmpty()
                        ? create(user)
                        : log.first(UserEvent.AGGREGATE, id.get(), 0)
                                .map(event -> UserEvent.of(event.orElseThrow()).user()));
    }
}
