package io.streamviews.user;

import io.quarkus.runtime.annotations.RegisterForReflection;
import io.vertx.mutiny.sqlclient.Row;
import java.time.Instant;

/** A row of {@code user_view} as people read it: the same fields as a user of the commands, so far as they have come. */
@RegisterForReflection
record UserRow(
        long id, String name, String email, String department, String status, Instant createdAt, Instant updatedAt) {

    static UserRow of(Row row) {
        return new UserRow(
                row.getLong("user_id"),
                row.getString("name"),
                row.getString("email"),
                row.getString("department"),
                row.getString("status"),
                row.getOffsetDateTime("created_at").toInstant(),
                row.getOffsetDateTime("updated_at").toInstant());
    }
}
