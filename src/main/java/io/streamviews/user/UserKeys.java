package io.streamviews.user;

import io.smallrye.mutiny.Uni;
import io.streamviews.rest.IdempotencyKey;
import io.streamviews.rest.RefusedException;
import io.vertx.core.buffer.Buffer;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The idempotency keys of requests for one user, each with the request's fingerprint and the user who was created. */
final class UserKeys {

    /** In the order of the keys, so that no two transactions wait for each other: who is second with a key waits for the first. */
    private static final String CLAIM =
            """
            INSERT INTO public.idempotency_key (key, fingerprint, user_id)
            SELECT * FROM unnest($1::text[], $2::bytea[], $3::bigint[]) AS claim(key, fingerprint, user_id) ORDER BY key
            ON CONFLICT (key) DO NOTHING
            RETURNING user_id
            """;

    private static final String FIND = "SELECT fingerprint, user_id FROM public.idempotency_key WHERE key = $1";

    private UserKeys() {}

    /** @return the ids of those whose key has been used before, and who must not be created */
    static Uni<Set<Long>> claim(SqlConnection connection, List<CreatedUser> users) {
        List<CreatedUser> withKey =
                users.stream().filter(user -> user.asked().key() != null).toList();
        if (withKey.isEmpty()) {
            return Uni.createFrom().item(Set.of());
        }
        return connection
                .preparedQuery(CLAIM)
                .execute(Tuple.of(
                        withKey.stream().map(user -> user.asked().key().value()).toArray(String[]::new),
                        withKey.stream()
                                .map(user -> Buffer.buffer(user.asked().fingerprint()))
                                .toArray(Buffer[]::new),
                        withKey.stream().map(CreatedUser::id).toArray(Long[]::new)))
                .map(claimed -> {
                    Set<Long> repeated =
                            withKey.stream().map(CreatedUser::id).collect(Collectors.toCollection(HashSet::new));
                    claimed.forEach(row -> repeated.remove(row.getLong("user_id")));
                    return repeated;
                });
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
            throw RefusedException.unprocessable(
                    IdempotencyKey.HEADER + ": the key was used for another request, a stream of users");
        }
        if (!Arrays.equals(row.getBuffer("fingerprint").getBytes(), user.fingerprint())) {
            throw RefusedException.unprocessable(IdempotencyKey.HEADER + ": the key was used for another request");
        }
        return row.getLong("user_id");
    }
}
