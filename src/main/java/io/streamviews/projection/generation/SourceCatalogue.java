package io.streamviews.projection.generation;

import io.smallrye.mutiny.Uni;
import io.streamviews.postgres.Sql;
import io.streamviews.source.BaseView;
import io.streamviews.source.TableColumn;
import io.streamviews.source.WrongDeclarationException;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlClient;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** The base views that a generation declares, with the columns that PostgreSQL has made of their tables. */
final class SourceCatalogue {

    /** A table that is gone has a row without a column: to leave it out would be to skip its events. */
    private static final String COLUMNS =
            """
            SELECT s.view, s.topic, s.declaration::text AS declaration, a.attname AS name,
                   CASE WHEN e.typnamespace = c.relnamespace THEN format('%%I.%%I[]', '%1$s', e.typname)
                        WHEN t.typnamespace = c.relnamespace THEN format('%%I.%%I', '%1$s', t.typname)
                        ELSE format_type(a.atttypid, NULL) END AS type,
                   CASE WHEN e.typnamespace = 'pg_catalog'::regnamespace AND e.typtype = 'b' THEN e.typname
                        WHEN t.typnamespace = 'pg_catalog'::regnamespace AND t.typtype = 'b' AND t.typcategory <> 'A'
                        THEN t.typname END AS built_in,
                   a.atttypmod, a.attnotnull,
                   a.atthasdef OR a.attidentity <> '' OR a.attgenerated <> '' AS made,
                   array_position(i.indkey::smallint[], a.attnum) AS place_in_key, i.indnkeyatts
            FROM %1$s.view_source s
            LEFT JOIN pg_class c ON c.relname = s.view AND c.relnamespace = '%1$s'::regnamespace
            LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                               AND a.attname NOT IN ('version', 'source_offset', 'last_processed_at')
            LEFT JOIN pg_type t ON t.oid = a.atttypid
            LEFT JOIN pg_type e ON e.typarray = t.oid
            LEFT JOIN pg_index i ON i.indrelid = c.oid
                               AND (i.indisprimary OR obj_description(i.indexrelid, 'pg_class') = '%2$s')
            ORDER BY s.ordinal, a.attnum
            """;

    /** What the definition of a derived view reads, through views, and what has the triggers that keep it. */
    private static final String TOGETHER =
            """
            WITH RECURSIVE used(derived, relation) AS (
                SELECT d.name, c.oid
                FROM %1$s.derived_view d
                JOIN pg_class c ON c.relname = d.name || '_definition' AND c.relnamespace = '%1$s'::regnamespace
                UNION
                SELECT u.derived, d.refobjid
                FROM used u
                JOIN pg_rewrite r ON r.ev_class = u.relation
                JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
                                AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> u.relation
            ), kept AS (
                SELECT derived, relation FROM used
                UNION
                SELECT d.name, t.tgrelid
                FROM %1$s.derived_view d
                JOIN pg_trigger t ON t.tgname = 'refill_' || to_char(d.ordinal, 'FM000') || '_' || d.name
            )
            SELECT array_agg(DISTINCT s.view)
            FROM kept k
            JOIN pg_class c ON c.oid = k.relation AND c.relnamespace = '%1$s'::regnamespace
            JOIN %1$s.view_source s ON s.view = c.relname
            GROUP BY k.derived
            """;

    private SourceCatalogue() {}

    /** The base views of each derived view. */
    static Uni<List<Set<String>>> together(SqlClient client, String schema) {
        return Sql.list(client, TOGETHER.formatted(schema), row -> Set.of(row.getArrayOfStrings(0)));
    }

    /** @param topics what a topic's name means that stands in a declaration; may throw {@link WrongDeclarationException} */
    static Uni<Declarations> of(SqlClient client, String schema, UnaryOperator<String> topics) {
        return Sql.<Line>list(client, COLUMNS.formatted(schema, DeferredIndexes.STANDS_IN), SourceCatalogue::line)
                .map(lines -> declared(lines, topics));
    }

    /** The same, as the connection's transaction sees it. Blocks. */
    static Declarations of(Connection connection, String schema, UnaryOperator<String> topics) throws SQLException {
        List<Line> lines = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(COLUMNS.formatted(schema, DeferredIndexes.STANDS_IN))) {
            while (rows.next()) {
                lines.add(line(rows));
            }
        }
        return declared(lines, topics);
    }

    /**
     * A row of what is asked.
     *
     * @param column null if the view has no table
     * @param place of the column in the key; null if it is no part of that
     */
    private record Line(String view, String topic, String declaration, TableColumn column, Integer place) {}

    private static Line line(Row row) {
        Integer place = row.getInteger("place_in_key");
        return new Line(
                row.getString("view"),
                row.getString("topic"),
                row.getString("declaration"),
                row.getString("name") == null
                        ? null
                        : new TableColumn(
                                row.getString("name"),
                                row.getString("type"),
                                row.getString("built_in"),
                                row.getInteger("atttypmod"),
                                row.getBoolean("attnotnull"),
                                row.getBoolean("made")),
                isOfKey(place, place == null ? 0 : row.getInteger("indnkeyatts")) ? place : null);
    }

    private static Line line(ResultSet row) throws SQLException {
        Integer place = row.getObject("place_in_key", Integer.class);
        return new Line(
                row.getString("view"),
                row.getString("topic"),
                row.getString("declaration"),
                row.getString("name") == null
                        ? null
                        : new TableColumn(
                                row.getString("name"),
                                row.getString("type"),
                                row.getString("built_in"),
                                row.getInt("atttypmod"),
                                row.getBoolean("attnotnull"),
                                row.getBoolean("made")),
                isOfKey(place, row.getInt("indnkeyatts")) ? place : null);
    }

    /** PostgreSQL counts an index' columns from 0, and those of INCLUDE are behind the key. */
    private static boolean isOfKey(Integer place, int columnsOfKey) {
        return place != null && place < columnsOfKey;
    }

    private static Declarations declared(List<Line> lines, UnaryOperator<String> topics) {
        Map<String, List<Line>> byView = new LinkedHashMap<>();
        lines.forEach(line ->
                byView.computeIfAbsent(line.view(), view -> new ArrayList<>()).add(line));
        List<BaseView> views = new ArrayList<>();
        Map<String, String> wrong = new LinkedHashMap<>();
        Map<String, String> known = new LinkedHashMap<>();
        byView.forEach((name, columns) -> {
            try {
                known.put(name, topics.apply(columns.get(0).topic()));
                views.add(view(columns, known.get(name)));
            } catch (WrongDeclarationException refused) {
                wrong.put(name, "source of %s: %s".formatted(name, refused.getMessage()));
            }
        });
        return new Declarations(List.copyOf(views), wrong, known);
    }

    private static BaseView view(List<Line> lines, String topic) {
        Line first = lines.get(0);
        if (first.column() == null) {
            throw new WrongDeclarationException("there is no table %s".formatted(first.view()));
        }
        Map<Integer, String> key = new TreeMap<>();
        for (Line line : lines) {
            if (line.place() != null) {
                key.put(line.place(), line.column().name());
            }
        }
        return BaseView.of(
                first.view(),
                topic,
                lines.stream().map(Line::column).toList(),
                List.copyOf(key.values()),
                first.declaration());
    }
}
