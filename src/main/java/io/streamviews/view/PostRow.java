package io.streamviews.view;

import io.quarkus.runtime.annotations.RegisterForReflection;
import io.streamviews.post.Author;
import io.vertx.mutiny.sqlclient.Row;
import java.time.Instant;

/**
 * A row of {@code post_with_author} as people read it.
 *
 * @param author the author's data of now; null if the author has been deleted
 */
@RegisterForReflection
record PostRow(
        long id,
        String title,
        String content,
        long authorId,
        Author author,
        Instant createdAt,
        Instant updatedAt,
        long version) {

    static PostRow of(Row row) {
        long authorId = row.getLong("author_id");
        Author author = row.getString("author_name") == null
                ? null
                : new Author(
                        authorId,
                        row.getString("author_name"),
                        row.getString("author_email"),
                        row.getString("author_department"),
                        row.getString("author_status"));
        return new PostRow(
                row.getLong("post_id"),
                row.getString("title"),
                row.getString("content"),
                authorId,
                author,
                row.getOffsetDateTime("created_at").toInstant(),
                row.getOffsetDateTime("updated_at").toInstant(),
                row.getLong("version"));
    }
}
