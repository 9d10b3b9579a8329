package io.streamviews.view;

import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The query for the rows of a selection that follow a place, each as JSON and with its own place. Names come from the
 * catalogue, values are parameters.
 *
 * <p>Of rows with a key: what follows is a range of an index for each of the columns that the list is sorted by, so that no
 * page costs more than the first. Of rows without: those of the same place are counted, and they are read from the first
 * column's value on.
 */
final class KeysetSql {

    /** A row larger than that stays in PostgreSQL; its JSON is null. */
    static final int MOST_ROW_BYTES = 8 * 1024 * 1024;

    private static final String ROWS =
            """
            SELECT CASE WHEN octet_length(told) <= %1$d THEN told END AS told, place, nth
            FROM (SELECT (SELECT row_to_json(r.*)::text FROM (SELECT %2$s) AS r) AS told, ARRAY[%3$s]::text[] AS place, nth
                  FROM (%4$s) AS page) AS told
            """;
    private static final String ONE_OF_EACH =
            """
            SELECT u.*, 0::bigint AS nth FROM (%1$s) AS u
            %2$s LIMIT %3$d
            """;
    private static final String SOME_OF_EACH =
            """
            SELECT * FROM (SELECT u.*, row_number() OVER w - rank() OVER w + 1 AS nth
                           FROM (%1$s) AS u WINDOW w AS (%2$s)) AS n
            WHERE %4$s
            %2$s, nth LIMIT %3$d
            """;

    private final Selection selection;
    private final List<SortKey> order;
    private final RowPlace after;
    private final int rows;
    private final Parameters parameters = new Parameters();
    private final String sql;

    /**
     * @param after null for the first page
     * @param rows most rows that the query has
     */
    KeysetSql(Selection selection, RowPlace after, int rows) {
        this.selection = selection;
        this.order = selection.order();
        this.after = after;
        this.rows = rows;
        this.sql = page();
    }

    String sql() {
        return sql;
    }

    Parameters parameters() {
        return parameters;
    }

    private String page() {
        List<String> filters = selection.filters().stream()
                .map(filter -> filter.sql(SortKey.ROW + "." + filter.column().identifier(), parameters))
                .toList();
        Following following = after == null ? null : new Following(order, after, parameters);
        List<String> ranges = following == null
                ? List.of("true")
                : selection.view().hasKey() ? following.ranges() : following.rangesOfFirst();
        String all = ranges.stream().map(range -> range(range, filters)).collect(Collectors.joining("\nUNION ALL\n"));
        String ordered = orderBy(i -> "k" + i);
        String page = selection.view().hasKey()
                ? ONE_OF_EACH.formatted(all, ordered, rows)
                : SOME_OF_EACH.formatted(
                        all,
                        ordered,
                        rows,
                        following == null ? "true" : following.behind(i -> "k" + i) + " OR nth > " + after.nth());
        String told = join(selection.shown().size(), i -> {
            ViewColumn column = selection.shown().get(i);
            return column.json("page.c" + i) + " AS " + column.identifier();
        });
        return ROWS.formatted(MOST_ROW_BYTES, told, join(order.size(), i -> "k" + i + "::text"), page);
    }

    /** Those of the rows that are in a range, no more than can be on the page. */
    private String range(String range, List<String> filters) {
        String columns = join(selection.shown().size(), i -> "%s.%s AS c%d"
                .formatted(SortKey.ROW, selection.shown().get(i).identifier(), i));
        String keys = join(order.size(), i -> order.get(i).sql() + " AS k" + i);
        return "(SELECT %s FROM %s AS %s WHERE %s %s LIMIT %d)"
                .formatted(
                        Stream.of(columns, keys).filter(each -> !each.isEmpty()).collect(Collectors.joining(", ")),
                        selection.view().table(),
                        SortKey.ROW,
                        Stream.concat(Stream.of(range), filters.stream()).collect(Collectors.joining(" AND ")),
                        orderBy(i -> order.get(i).sql()),
                        rows + (after == null ? 0 : after.nth()));
    }

    private String orderBy(IntFunction<String> names) {
        return order.isEmpty()
                ? ""
                : "ORDER BY "
                        + join(order.size(), i -> names.apply(i) + order.get(i).direction());
    }

    private static String join(int size, IntFunction<String> each) {
        return IntStream.range(0, size).mapToObj(each).collect(Collectors.joining(", "));
    }
}
