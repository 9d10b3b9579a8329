package io.streamviews.projection.generation;

import io.smallrye.mutiny.Uni;
import io.streamviews.source.BaseView;
import io.streamviews.source.TableColumn;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlClient;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** The base views that a generation declares, with the columns that PostgreSQL has made of their tables. */
final class SourceCatalogue {

    private static final String COLUMNS =
            """
            SELECT s.view, s.topic, s.declaration::text AS declaration, a.attname AS name,
                   CASE WHEN t.typnamespace = c.relnamespace AND t.typelem <> 0
                        THEN format('%%I.%%I[]', '%1$s', (SELECT e.typname FROM pg_type e WHERE e.oid = t.typelem))
                        WHEN t.typnamespace = c.relnamespace THEN format('%%I.%%I', '%1$s', t.typname)
                        ELSE format_type(a.atttypid, NULL) END AS type,
                   CASE WHEN t.typnamespace = 'pg_catalog'::regnamespace AND t.typtype = 'b' AND t.typcategory <> 'A'
                        THEN t.typname END AS built_in,
                   a.atttypmod, a.attnotnull,
                   a.atthasdef OR a.attidentity <> '' OR a.attgenerated <> '' AS made,
                   array_position(i.indkey::smallint[], a.attnum) AS place_in_key, i.indnkeyatts
            FROM %1$s.view_source s
            JOIN pg_class c ON c.relname = s.view AND c.relnamespace = '%1$s'::regnamespace
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                               AND a.attname NOT IN ('version', 'source_offset', 'last_processed_at')
            JOIN pg_type t ON t.oid = a.atttypid
            LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
            ORDER BY s.ordinal, a.attnum
            """;

    private SourceCatalogue() {}

    /** @param topics what a topic's name means that stands in a declaration */
    static Uni<List<BaseView>> of(SqlClient client, String schema, UnaryOperator<String> topics) {
        return client.query(COLUMNS.formatted(schema)).execute().map(rows -> {
            Map<String, List<Row>> byView = new LinkedHashMap<>();
            rows.forEach(row -> byView.computeIfAbsent(row.getString("view"), view -> new ArrayList<>())
                    .add(row));
            return byView.values().stream()
                    .map(columns -> view(columns, topics))
                    .toList();
        });
    }

    private static BaseView view(List<Row> rows, UnaryOperator<String> topics) {
        Row first = rows.get(0);
        Map<Integer, String> key = new TreeMap<>();
        for (Row row : rows) {
            Integer place = row.getInteger("place_in_key");
            // PostgreSQL counts an index' columns from 0, and those of INCLUDE are behind the key
            if (place != null && place < row.getInteger("indnkeyatts")) {
                key.put(place, row.getString("name"));
            }
        }
        return BaseView.of(
                first.getString("view"),
                topics.apply(first.getString("topic")),
                rows.stream().map(SourceCatalogue::column).toList(),
                List.copyOf(key.values()),
                first.getString("declaration"));
    }

    private static TableColumn column(Row row) {
        return new TableColumn(
                row.getString("name"),
                row.getString("type"),
                row.getString("built_in"),
                row.getInteger("atttypmod"),
                row.getBoolean("attnotnull"),
                row.getBoolean("made"));
    }
}
