package io.streamviews.user;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import java.time.ZoneOffset;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;

/** The rows of new users. The columns come as arrays, so one statement serves one user and thousands. */
final class UserInserts {

    private static final String RESERVE =
            "SELECT array_agg(nextval('public.users_id_seq')) FROM generate_series(1, $1)";

    static final String INSERT =
            """
            INSERT INTO public.users (id, name, email, department, status, created_at, updated_at, version)
            SELECT unnest($1::bigint[]), unnest($2::text[]), unnest($3::text[]), unnest($4::text[]), unnest($5::text[]),
                   $6::timestamptz, $6::timestamptz, 1
            """;

    private UserInserts() {}

    /** New ids, ascending. */
    static Uni<List<Long>> reserve(SqlConnection connection, int count) {
        return connection
                .preparedQuery(RESERVE)
                .execute(Tuple.of(count))
                .map(rows -> List.of(rows.iterator().next().getArrayOfLongs(0)));
    }

    /** @param users all created at the same time */
    static Uni<Void> insert(SqlConnection connection, List<CreatedUser> users) {
        return connection
                .preparedQuery(INSERT)
                .execute(Tuple.of(
                        column(users, Long[]::new, UserData::id),
                        column(users, String[]::new, UserData::name),
                        column(users, String[]::new, UserData::email),
                        column(users, String[]::new, UserData::department),
                        column(users, String[]::new, user -> user.status().name()),
                        users.get(0).data().createdAt().atOffset(ZoneOffset.UTC)))
                .replaceWithVoid();
    }

    private static <T> T[] column(List<CreatedUser> users, IntFunction<T[]> array, Function<UserData, T> value) {
        return users.stream().map(CreatedUser::data).map(value).toArray(array);
    }
}
