package io.streamviews.post;

import io.quarkus.runtime.annotations.RegisterForReflection;
import io.vertx.mutiny.sqlclient.Row;
import java.time.Instant;

/**
 * A row of {@code user_activity}.
 *
 * @param firstPost the post with the lowest id; null, as {@code lastPost}, if there is none
 * @param changes how often the user was changed since creation
 */
@RegisterForReflection
record UserActivity(
        long id,
        String name,
        String department,
        String status,
        long posts,
        PostAt firstPost,
        PostAt lastPost,
        Instant lastChangeAt,
        long changes) {

    /** A post, and when it was written. */
    @RegisterForReflection
    record PostAt(long id, Instant createdAt) {

        private static PostAt of(Row row, String which) {
            Long id = row.getLong(which + "_post_id");
            return id == null
                    ? null
                    : new PostAt(id, row.getOffsetDateTime(which + "_post_at").toInstant());
        }
    }

    static UserActivity of(Row row) {
        return new UserActivity(
                row.getLong("user_id"),
                row.getString("name"),
                row.getString("department"),
                row.getString("status"),
                row.getLong("posts"),
                PostAt.of(row, "first"),
                PostAt.of(row, "last"),
                row.getOffsetDateTime("last_change_at").toInstant(),
                row.getLong("changes"));
    }
}
