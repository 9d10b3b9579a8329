package io.streamviews.projection;

import io.streamviews.source.BaseView;
import io.streamviews.source.Column;
import io.streamviews.source.Identifiers;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A base view's two statements. Each takes a whole batch as arrays, so one text serves any batch size.
 *
 * <p>Both change a row only where the event is not older and says something else: reading an event twice changes nothing,
 * and a derived view's triggers see real differences only.
 */
record TableSql(String upsert, String delete) {

    private static final String INSERT =
            """
            INSERT INTO %1$s AS v (%2$s, version, source_offset)
            SELECT %3$s, r.version, r.source_offset
            FROM unnest(%4$s) AS r(%2$s, version, source_offset, row_key)
            WHERE NOT EXISTS (
                SELECT FROM %5$s t
                WHERE t.base_view = %6$s AND t.key = r.row_key AND
            """
                    + TombstoneSql.isVoid("r", "t") + ")\n";

    private static final String UPSERT = INSERT
            + """
            ON CONFLICT (%7$s) DO UPDATE
            SET (%8$sversion, source_offset, last_processed_at) = ROW(%9$sexcluded.version, excluded.source_offset, now())
            WHERE (excluded.version, excluded.source_offset) >= (v.version, v.source_offset)
              AND (%10$sv.version, v.source_offset) IS DISTINCT FROM (%11$sexcluded.version, excluded.source_offset)
            """;

    private static final String DEAD =
            """
            WITH dead AS (
                SELECT %3$s, r.row_key, r.erased_before, r.version, r.source_offset
                FROM unnest(%4$s) AS r(%2$s, erased_before, version, source_offset, row_key))
            """;

    private static final String GONE =
            """
            , gone AS (
                DELETE FROM %1$s v USING dead d
                WHERE %7$s AND
            """
                    + TombstoneSql.isVoid("v", "d") + ")\n";

    private static final String LEAVE_TOMBSTONES =
            """
            INSERT INTO %5$s AS t (base_view, key, erased_before, version, source_offset)
            SELECT %6$s, d.row_key, d.erased_before, d.version, d.source_offset FROM dead d
            """
                    + TombstoneSql.MERGE;

    static TableSql of(String schema, BaseView view) {
        return of(schema, view, UPSERT, DEAD + GONE + LEAVE_TOMBSTONES);
    }

    /** For a table without a primary key: every version of a row is added, and none is deleted, until it is folded. */
    static TableSql appending(String schema, BaseView view) {
        return of(schema, view, INSERT, DEAD + LEAVE_TOMBSTONES);
    }

    private static TableSql of(String schema, BaseView view, String upsert, String delete) {
        String table = schema + "." + Identifiers.quoted(view.table());
        String tombstone = schema + ".tombstone";
        String name = Identifiers.literal(view.table());
        List<Column> all =
                Stream.concat(view.key().stream(), view.columns().stream()).toList();
        return new TableSql(
                upsert.formatted(
                        table,
                        each(all, ", ", Column::sql),
                        each(all, ", ", TableSql::received),
                        arrays(all, "bigint", "bigint", "text"),
                        tombstone,
                        name,
                        each(view.key(), ", ", Column::sql),
                        each(view.columns(), "", column -> column.sql() + ", "),
                        each(view.columns(), "", column -> "excluded." + column.sql() + ", "),
                        each(view.columns(), "", column -> compared("v.", column) + ", "),
                        each(view.columns(), "", column -> compared("excluded.", column) + ", ")),
                delete.formatted(
                        table,
                        each(view.key(), ", ", Column::sql),
                        each(view.key(), ", ", column -> received(column) + " AS " + column.sql()),
                        arrays(view.key(), "bigint", "bigint", "bigint", "text"),
                        tombstone,
                        name,
                        each(view.key(), " AND ", column -> "v.%1$s = d.%1$s".formatted(column.sql()))));
    }

    private static String received(Column column) {
        String value = "r." + column.sql();
        return column.type().sql().equals(column.type().carrier())
                ? value
                : value + "::" + column.type().sql();
    }

    private static String compared(String row, Column column) {
        return row + column.sql() + (column.type().isComparedAsText() ? "::text" : "");
    }

    private static String arrays(List<Column> columns, String... types) {
        List<String> carriers = Stream.concat(
                        columns.stream().map(column -> column.type().carrier()), Stream.of(types))
                .toList();
        return IntStream.range(0, carriers.size())
                .mapToObj(i -> "$%d::%s[]".formatted(i + 1, carriers.get(i)))
                .collect(Collectors.joining(", "));
    }

    private static String each(List<Column> columns, String between, Function<Column, String> text) {
        return columns.stream().map(text).collect(Collectors.joining(between));
    }
}
