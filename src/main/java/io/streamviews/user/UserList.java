package io.streamviews.user;

import io.smallrye.mutiny.Uni;
import io.streamviews.eventlog.CommandConfig;
import io.streamviews.postgres.Page;
import io.streamviews.postgres.PageBound;
import io.streamviews.rest.Versioned;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;

/** Pages of the users as commands leave them, by id. */
@ApplicationScoped
class UserList {

    private static final String USERS =
            """
            SELECT id, name, email, department, status, created_at, updated_at, version
            FROM public.users
            WHERE id > $1
            ORDER BY id
            """;

    private static final String SIZE =
            "octet_length(name) + octet_length(email) + coalesce(octet_length(department), 0)";

    private final Pool pool;
    private final Duration timeout;

    UserList(Pool pool, CommandConfig config) {
        this.pool = pool;
        this.timeout = config.timeout();
    }

    Uni<Page<Versioned<UserData>>> after(long id, PageBound bound) {
        return pool.preparedQuery(bound.cut(USERS, SIZE))
                .execute(Tuple.of(id))
                .ifNoItem()
                .after(timeout)
                .fail()
                .map(rows -> Page.of(rows, UserList::user));
    }

    private static Versioned<UserData> user(Row row) {
        UserData user = new UserData(
                row.getLong("id"),
                row.getString("name"),
                row.getString("email"),
                row.getString("department"),
                UserStatus.valueOf(row.getString("status")),
                row.getOffsetDateTime("created_at").toInstant(),
                row.getOffsetDateTime("updated_at").toInstant());
        return new Versioned<>(user, row.getLong("version"));
    }
}
