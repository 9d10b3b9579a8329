package io.streamviews.user;

import io.smallrye.mutiny.Uni;
import io.streamviews.eventlog.EventLog;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;

/** The rows of new users. The columns come as arrays, so one statement serves one user and thousands. */
final class UserInserts {

    private static final String RESERVE =
            "SELECT array_agg(nextval('public.users_id_seq')) FROM generate_series(1, $1)";

    static final String INSERT = insertFrom(1);

    /** Whose parameters come behind those of the users' events. */
    static final String INSERT_ALONG = insertFrom(EventLog.PARAMETERS + 1);

    private UserInserts() {}

    private static String insertFrom(int parameter) {
        return """
                INSERT INTO public.users (id, name, email, department, status, created_at, updated_at, version)
                SELECT unnest($%d::bigint[]), unnest($%d::text[]), unnest($%d::text[]), unnest($%d::text[]),
                       unnest($%d::text[]), $%6$d::timestamptz, $%6$d::timestamptz, 1
                """
                .formatted(parameter, parameter + 1, parameter + 2, parameter + 3, parameter + 4, parameter + 5);
    }

    /** New ids, ascending. */
    static Uni<List<Long>> reserve(SqlClient client, int count) {
        return client.preparedQuery(RESERVE)
                .execute(Tuple.of(count))
                .map(rows -> List.of(rows.iterator().next().getArrayOfLongs(0)));
    }

    static Uni<Void> insert(SqlConnection connection, List<CreatedUser> users) {
        return connection
                .preparedQuery(INSERT)
                .execute(Tuple.from(columns(users)))
                .replaceWithVoid();
    }

    /** @param users all created at the same time */
    static List<Object> columns(List<CreatedUser> users) {
        return Arrays.asList(
                column(users, Long[]::new, UserData::id),
                column(users, String[]::new, UserData::name),
                column(users, String[]::new, UserData::email),
                column(users, String[]::new, UserData::department),
                column(users, String[]::new, user -> user.status().name()),
                users.get(0).data().createdAt().atOffset(ZoneOffset.UTC));
    }

    private static <T> T[] column(List<CreatedUser> users, IntFunction<T[]> array, Function<UserData, T> value) {
        return users.stream().map(CreatedUser::data).map(value).toArray(array);
    }
}
