package io.streamviews.projection.generation;

import io.streamviews.projection.KeySql;
import io.streamviews.projection.TombstoneSql;
import io.streamviews.source.BaseView;
import io.streamviews.source.Column;
import io.streamviews.source.Identifiers;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The statements that note a view's rows and deletions of certain places, and take them over.
 *
 * @param number of the view; what is noted is called by it
 */
record RemovedRows(SharedView shared, int number, RemovedPlaces ofRows, RemovedPlaces ofDeletions) {

    /** Of its own: in another one, a view file may have made a table of any name. */
    static final String SCHEMA = "views_past";

    private static final String NOTE_ROWS = "CREATE UNLOGGED TABLE %1$s AS SELECT * FROM views.%2$s WHERE %3$s";

    private static final String NOTE_DELETIONS =
            """
            CREATE UNLOGGED TABLE %1$s AS
            SELECT * FROM views.tombstone l
            WHERE base_view = %2$s AND %3$s
              AND NOT EXISTS (SELECT FROM views_next.tombstone n
                              WHERE (n.base_view, n.key) = (l.base_view, l.key) AND n.erased_before >= l.erased_before
                                AND (l.version IS NULL
                                     OR (n.version, n.source_offset) >= (l.version, l.source_offset)))
            """;

    private static final String KEEP_DELETIONS =
            """
            INSERT INTO views_next.tombstone AS t (base_view, key, erased_before, version, source_offset)
            SELECT base_view, key, erased_before, version, source_offset FROM %1$s
            """
                    + TombstoneSql.MERGE;

    /** One that the next generation has read as a deletion is one, whatever it was before. */
    private static final String KEEP_ROWS =
            """
            INSERT INTO views_next.%1$s AS n (%2$s)
            SELECT %3$s FROM %4$s v
            WHERE NOT EXISTS (SELECT FROM views_next.tombstone t
                              WHERE t.base_view = %5$s AND %6$s
                                AND (%7$s OR (v.version, v.source_offset) = (t.version, t.source_offset)))
              AND NOT EXISTS (SELECT FROM views_next.%1$s o
                              WHERE (%8$s) = (%9$s) AND (o.version, o.source_offset) >= (v.version, v.source_offset))
            ON CONFLICT (%10$s) DO UPDATE SET (%11$s) = ROW(%12$s)
            """;

    String rows() {
        return SCHEMA + ".row_" + number;
    }

    String deletions() {
        return SCHEMA + ".deletion_" + number;
    }

    List<String> note() {
        BaseView view = shared.view();
        return List.of(
                NOTE_ROWS.formatted(rows(), Identifiers.quoted(view.table()), ofRows.contain("source_offset")),
                NOTE_DELETIONS.formatted(
                        deletions(),
                        Identifiers.literal(view.table()),
                        ofDeletions.contain("greatest(erased_before - 1, source_offset)")));
    }

    List<String> keepDeletions() {
        return List.of(KEEP_DELETIONS.formatted(deletions()), BuildTables.deleteVoid(Generations.NEXT, shared.view()));
    }

    String keepRows() {
        BaseView view = shared.view();
        return KEEP_ROWS.formatted(
                Identifiers.quoted(view.table()),
                String.join(", ", shared.columns()),
                String.join(", ", shared.values()),
                rows(),
                Identifiers.literal(view.table()),
                KeySql.matches(view, "v", "t.key"),
                TombstoneSql.isVoid("v", "t"),
                key("o."),
                key("v."),
                KeySql.columns(view),
                Stream.concat(shared.columns().stream(), shared.added().stream())
                        .collect(Collectors.joining(", ")),
                Stream.concat(
                                shared.columns().stream().map(column -> "excluded." + column),
                                shared.added().stream().map(column -> "DEFAULT"))
                        .collect(Collectors.joining(", ")));
    }

    private String key(String row) {
        return shared.view().key().stream().map(Column::sql).map(row::concat).collect(Collectors.joining(", "));
    }
}
