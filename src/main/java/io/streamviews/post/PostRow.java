package io.streamviews.post;

import io.streamviews.rest.Versioned;
import io.vertx.mutiny.sqlclient.Row;

/** Reads a row of {@code post_with_author}. */
final class PostRow {

    private PostRow() {}

    static Versioned<AuthoredPost> read(Row row) {
        long authorId = row.getLong("author_id");
        Author author = row.getString("author_name") == null
                ? null
                : new Author(
                        authorId,
                        row.getString("author_name"),
                        row.getString("author_email"),
                        row.getString("author_department"),
                        row.getString("author_status"));
        AuthoredPost post = new AuthoredPost(
                row.getLong("post_id"),
                row.getString("title"),
                row.getString("content"),
                authorId,
                author,
                row.getOffsetDateTime("created_at").toInstant(),
                row.getOffsetDateTime("updated_at").toInstant());
        return new Versioned<>(post, row.getLong("version"));
    }
}
