package io.streamviews.projection.generation;

import io.smallrye.mutiny.Uni;
import io.streamviews.projection.BatchWriter;
import io.streamviews.projection.KeySql;
import io.streamviews.source.BaseView;
import io.streamviews.source.Column;
import io.streamviews.source.Identifiers;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.pgclient.PgException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Live rows that the topics cannot give any more: compaction has removed their last readable event, and the newer one is a
 * dead letter. The next generation takes them over as they are. If its files say something else than the live one's, that is
 * done as far as both know them: a new column keeps its default, one of another type has the text of the former one, and of
 * a view that is new, or has another key, there are none.
 */
public final class UnreadableRows {

    private static final List<String> OF_THE_ENGINE = List.of("version", "source_offset", "last_processed_at");

    private static final String COLUMNS =
            """
            SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
            FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            WHERE c.relnamespace = '%s'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
            """;

    /** The cast of a row key is safe: it was one of the view's keys before it was a text. */
    private static final String KEEP =
            """
            INSERT INTO views_next.%1$s (%4$s)
            SELECT %5$s FROM views.%1$s v
            WHERE EXISTS (
                SELECT FROM views_next.dead_letter d
                WHERE d.base_view = %3$s AND %6$s
                  AND NOT EXISTS (SELECT FROM views_next.tombstone t WHERE t.base_view = %3$s AND t.key = d.row_key))
            ON CONFLICT (%2$s) DO NOTHING
            """;

    private UnreadableRows() {}

    /** Takes them over; before the next generation's derived views are filled. */
    public static Uni<Void> keep(SqlClient client, List<BaseView> views) {
        return types(client, Views.LIVE)
                .flatMap(live -> types(client, Generations.NEXT).map(next -> views.stream()
                        .flatMap(view -> keep(view, of(live, view), of(next, view)))
                        .collect(Collectors.joining(";"))))
                .flatMap(sql -> sql.isEmpty()
                        ? Uni.createFrom().voidItem()
                        : client.query(sql)
                                .execute()
                                .replaceWithVoid()
                                .onFailure(BatchWriter::isRefusedValue)
                                .transform(failure -> RefusedGenerationException.of(
                                        List.of(((PgException) failure).getErrorMessage()),
                                        "A row whose last events cannot be read cannot be taken over as it is")));
    }

    private static Stream<String> keep(BaseView view, Map<String, String> live, Map<String, String> next) {
        if (!view.key().stream().map(Column::name).allMatch(key -> next.get(key).equals(live.get(key)))) {
            return Stream.empty();
        }
        List<String> columns = new ArrayList<>();
        List<String> values = new ArrayList<>();
        Stream.concat(
                        Stream.concat(view.key().stream(), view.columns().stream())
                                .map(Column::name),
                        OF_THE_ENGINE.stream())
                .filter(live::containsKey)
                .forEach(name -> {
                    String column = Identifiers.quoted(name);
                    String type = next.get(name);
                    columns.add(column);
                    values.add("v." + column + (type.equals(live.get(name)) ? "" : "::text::" + type));
                });
        return Stream.of(KEEP.formatted(
                Identifiers.quoted(view.table()),
                KeySql.columns(view),
                Identifiers.literal(view.table()),
                String.join(", ", columns),
                String.join(", ", values),
                KeySql.matches(view, "v", "d.row_key")));
    }

    private static Map<String, String> of(Map<String, Map<String, String>> types, BaseView view) {
        return types.getOrDefault(view.table(), Map.of());
    }

    /** Of all tables, by table and column. */
    private static Uni<Map<String, Map<String, String>>> types(SqlClient client, String schema) {
        return client.query(COLUMNS.formatted(schema)).execute().map(rows -> {
            Map<String, Map<String, String>> types = new HashMap<>();
            rows.forEach(row -> types.computeIfAbsent(row.getString(0), table -> new HashMap<>())
                    .put(row.getString(1), row.getString(2)));
            return types;
        });
    }
}
