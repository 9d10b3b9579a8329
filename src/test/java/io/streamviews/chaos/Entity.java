package io.streamviews.chaos;

import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Users or posts, as the event log, the write model and the views name what belongs to them.
 *
 * @param columns as the write model and the views call them, but for the key and the version
 */
record Entity(String type, String table, String view, String key, List<String> columns) {

    private static final Entity USER = new Entity(
            "user",
            "users",
            "user_view",
            "user_id",
            List.of("name", "email", "department", "status", "created_at", "updated_at"));
    private static final Entity POST = new Entity(
            "post",
            "posts",
            "post_view",
            "post_id",
            List.of("title", "content", "author_id", "created_at", "updated_at"));
    static final List<Entity> ALL = List.of(USER, POST);

    /** Rows that are not as the last event says, and whether they are as an earlier one said. */
    private static final String DIFFERENCE =
            """
            WITH said AS (SELECT aggregate_id AS id, version, event_type, %1$s
                          FROM (SELECT *, payload::jsonb -> aggregate_type AS of FROM public.event_log
                                WHERE aggregate_type = ?) AS e),
                 must AS (SELECT id, version, %2$s
                          FROM (SELECT DISTINCT ON (id) * FROM said ORDER BY id, version DESC) AS last
                          WHERE event_type NOT LIKE '%%DELETED'),
                 found AS (SELECT %3$s AS id, version, %2$s FROM %4$s WHERE %3$s < ?)
            SELECT coalesce(m.id, f.id), coalesce(f.version, 0), to_jsonb(f)::text,
                   f.id IS NULL OR EXISTS (SELECT FROM (SELECT id, version, %2$s FROM said) AS s
                                           WHERE s.id = f.id AND s.version = f.version AND to_jsonb(s) = to_jsonb(f))
            FROM must m FULL JOIN found f ON m.id = f.id
            WHERE to_jsonb(m) IS DISTINCT FROM to_jsonb(f)
            ORDER BY 1
            """;

    /**
     * A row that differs from what the log says in the end.
     *
     * @param version 0 if there is no row
     * @param is the row in JSON; null if there is none
     * @param wasSo whether there is none, or it is as the event of its version says
     */
    record Row(long id, long version, String is, boolean wasSo) {}

    void compareWithView(Cluster cluster, Consumer<Row> differing) {
        compare(cluster, "views." + view, key, differing);
    }

    void compareWithLog(Cluster cluster, String table, Consumer<Row> differing) {
        compare(cluster, "public." + table, "id", differing);
    }

    private void compare(Cluster cluster, String table, String id, Consumer<Row> differing) {
        String said = columns.stream().map(this::ofPayload).collect(Collectors.joining(", "));
        String sql = DIFFERENCE.formatted(said, String.join(", ", columns), id, table);
        cluster.query(
                        sql,
                        row -> new Row(row.getLong(1), row.getLong(2), row.getString(3), row.getBoolean(4)),
                        type,
                        Archive.FOREIGN)
                .forEach(differing);
    }

    /** {@code created_at} is {@code createdAt} in events. */
    private String ofPayload(String column) {
        String[] words = column.split("_");
        String field = words[0]
                + Stream.of(words)
                        .skip(1)
                        .map(word -> Character.toUpperCase(word.charAt(0)) + word.substring(1))
                        .collect(Collectors.joining());
        String type = column.endsWith("_at") ? "timestamptz" : column.endsWith("_id") ? "bigint" : "text";
        return "(of ->> '%s')::%s AS %s".formatted(field, type, column);
    }
}
