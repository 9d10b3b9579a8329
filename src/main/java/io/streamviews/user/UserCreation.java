package io.streamviews.user;

import io.smallrye.mutiny.Uni;
import io.streamviews.eventlog.CommandConfig;
import io.streamviews.eventlog.EventLog;
import io.streamviews.eventlog.Gathering;
import io.streamviews.eventlog.Wakeup;
import io.streamviews.rest.IdempotencyKey;
import io.streamviews.rest.RefusedException;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * Creates users: those that are asked for at the same time together, in one statement. A new user needs no lock and no
 * look at what is there, so two round trips do, one for the ids and one for everything else.
 */
@ApplicationScoped
public class UserCreation {

    private static final int MAX_TOGETHER = 500;
    private static final int MAX_IN_FLIGHT = 2;

    private static final String FORMER = "SELECT fingerprint, user_id FROM public.idempotency_key WHERE key = $1";

    private final Pool pool;
    private final EventLog log;
    private final Wakeup wakeup;
    private final Clock clock;
    private final Gathering<NewUser, Uni<UserData>> gathering;

    UserCreation(Pool pool, EventLog log, Wakeup wakeup, Clock clock, CommandConfig config) {
        this.pool = pool;
        this.log = log;
        this.wakeup = wakeup;
        this.clock = clock;
        this.gathering = new Gathering<>(
                MAX_TOGETHER, MAX_IN_FLIGHT, config.maxWaiting(), config.timeout(), this::createTogether);
    }

    /**
     * The user as created, now or when the request's key was first used; refused if the key was used for another request.
     */
    Uni<UserData> create(NewUser user) {
        return gathering.submit(user).flatMap(Function.identity());
    }

    /** The events of new users, not written yet. */
    public Uni<List<UserEvent>> prepare(SqlClient client, List<NewUser> users) {
        return UserInserts.reserve(client, users.size()).map(ids -> {
            Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
            List<UserEvent> created = new ArrayList<>(users.size());
            for (int i = 0; i < users.size(); i++) {
                created.add(users.get(i).created(ids.get(i), now));
            }
            return created;
        });
    }

    private Uni<List<Uni<UserData>>> createTogether(List<NewUser> users) {
        return prepare(pool, users).chain(created -> UserInserts.insert(pool, users, created)
                .invoke(wakeup::wake)
                .map(leftOut -> results(users, created, leftOut)));
    }

    private List<Uni<UserData>> results(List<NewUser> users, List<UserEvent> created, Set<Long> leftOut) {
        List<Uni<UserData>> results = new ArrayList<>(users.size());
        for (int i = 0; i < users.size(); i++) {
            UserData user = created.get(i).user();
            results.add(
                    leftOut.contains(user.id())
                            ? former(users.get(i))
                            : Uni.createFrom().item(user));
        }
        return results;
    }

    /** What the key's first request created, as the log has it; once the key is forgotten, the request is a new one. */
    private Uni<UserData> former(NewUser user) {
        return pool.preparedQuery(FORMER).execute(Tuple.of(user.key().value())).chain(rows -> {
            if (!rows.iterator().hasNext()) {
                return create(user);
            }
            Row row = rows.iterator().next();
            if (row.getLong("user_id") == null) {
                throw RefusedException.unprocessable(
                        IdempotencyKey.HEADER + ": the key was used for another request, a stream of users");
            }
            if (!Arrays.equals(row.getBuffer("fingerprint").getBytes(), user.fingerprint())) {
                throw RefusedException.unprocessable(IdempotencyKey.HEADER + ": the key was used for another request");
            }
            return log.first(UserEvent.AGGREGATE, row.getLong("user_id"), 0).map(event -> UserEvent.CODEC
                    .decode(event.orElseThrow().payload().getBytes(StandardCharsets.UTF_8))
                    .user());
        });
    }
}
