package io.streamviews.user;

import io.smallrye.mutiny.Uni;
import io.streamviews.rest.IdempotencyKey;
import io.streamviews.rest.ProblemType;
import io.streamviews.rest.RefusedException;
import io.vertx.core.buffer.Buffer;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The idempotency keys of requests for one user, each with the request's fingerprint and the user who was created. */
final class UserKeys {

    /**
     * Who has a key's lock is its first request, or comes after that has ended; who has not, comes while it is being worked on,
     * in whichever process, and is not made to wait. A row's lock could not tell: the row cannot be seen yet. The lock's
     * highest 16 bits tell it from those of the event log's writers. A group has fewer keys than PostgreSQL has room for locks
     * of an instance's connections.
     */
    private static final String CLAIM =
            """
            WITH asked AS MATERIALIZED (
                SELECT key, fingerprint, user_id,
                       pg_try_advisory_xact_lock((19273::bigint << 48) + (hashtextextended(key, 0) & 281474976710655))
                           AS is_free
                FROM unnest($1::text[], $2::bytea[], $3::bigint[]) AS claim(key, fingerprint, user_id)),
            claimed AS (
                INSERT INTO public.idempotency_key (key, fingerprint, user_id)
                SELECT key, fingerprint, user_id FROM asked WHERE is_free ORDER BY key
                ON CONFLICT (key) DO NOTHING
                RETURNING key, user_id)
            SELECT a.user_id,
                   a.user_id = c.user_id IS TRUE AS is_first,
                   NOT a.is_free OR a.user_id <> c.user_id IS TRUE AS is_in_use
            FROM asked a LEFT JOIN claimed c USING (key)
            """;

    private static final String FIND = "SELECT fingerprint, user_id FROM public.idempotency_key WHERE key = $1";

    private UserKeys() {}

    /** How a request stands to its key. */
    enum Claim {
        /** It has none, or is the first with it: its user is to be created. */
        FIRST,
        /** The first one has been answered. */
        REPEATED,
        /** The first one is being worked on. */
        IN_USE
    }

    /** How each request stands to its key, by the id that its user would have. */
    static Uni<Map<Long, Claim>> claim(SqlConnection connection, List<CreatedUser> users) {
        Map<Long, Claim> claims = new HashMap<>();
        users.forEach(user -> claims.put(user.id(), Claim.FIRST));
        List<CreatedUser> withKey =
                users.stream().filter(user -> user.asked().key() != null).toList();
        return connection
                .preparedQuery(CLAIM)
                .execute(Tuple.of(
                        withKey.stream().map(user -> user.asked().key().value()).toArray(String[]::new),
                        withKey.stream()
                                .map(user -> Buffer.buffer(user.asked().fingerprint()))
                                .toArray(Buffer[]::new),
                        withKey.stream().map(CreatedUser::id).toArray(Long[]::new)))
                .map(found -> {
                    found.forEach(row -> claims.put(row.getLong("user_id"), claimOf(row)));
                    return claims;
                });
    }

    private static Claim claimOf(Row row) {
        if (row.getBoolean("is_first")) {
            return Claim.FIRST;
        }
        return row.getBoolean("is_in_use") ? Claim.IN_USE : Claim.REPEATED;
    }

    /** 409. */
    static RefusedException inUse() {
        return RefusedException.of(
                ProblemType.IDEMPOTENCY_KEY_IN_USE,
                "Another request with the same " + IdempotencyKey.HEADER + " is at work");
    }

    /**
     * The id of the user whom the key's first request has created; empty once the key is forgotten. Fails with a {@link
     * RefusedException} (422) if that was another request.
     */
    static Uni<Optional<Long>> find(SqlClient client, NewUser user) {
        return client.preparedQuery(FIND)
                .execute(Tuple.of(user.key().value()))
                .map(rows -> rows.iterator().hasNext()
                        ? Optional.of(created(rows.iterator().next(), user))
                        : Optional.empty());
    }

    private static Long created(Row row, NewUser user) {
        if (row.getLong("user_id") == null) {
            throw RefusedException.of(
                    ProblemType.IDEMPOTENCY_KEY_REUSED,
                    IdempotencyKey.HEADER + ": the key was used for another request, a stream of users");
        }
        if (!Arrays.equals(row.getBuffer("fingerprint").getBytes(), user.fingerprint())) {
            throw RefusedException.of(
                    ProblemType.IDEMPOTENCY_KEY_REUSED,
                    IdempotencyKey.HEADER + ": the key was used for another request");
        }
        return row.getLong("user_id");
    }
}
