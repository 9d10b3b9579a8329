package io.streamviews.verification;

import io.streamviews.projection.TombstoneSql;
import io.streamviews.projection.generation.RemovedPlaces;
import io.streamviews.source.BaseView;
import io.streamviews.verification.ViewResult.Tally;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * Compares a base view's live rows with those of a generation read anew, by all columns but the one that says when a row
 * was written. Both are read side by side in the order of their keys, so it needs no memory, and two snapshots will do
 * that show the views at the same positions.
 */
final class BaseViewComparison {

    private static final String HAS_DEAD_LETTER =
            """
            SELECT EXISTS (SELECT FROM %s.dead_letter d, (SELECT ?::jsonb AS key) AS k
                           WHERE d.base_view = ? AND d.row_key = %s)
            """;

    /** Whether the live generation knows of a deletion that is newer. */
    private static final String IS_DELETED =
            """
            SELECT EXISTS (SELECT FROM %s.tombstone t,
                                       (SELECT ?::jsonb AS key, ?::bigint AS version, ?::bigint AS source_offset) AS k
                           WHERE t.base_view = ? AND t.key = %s AND %s)
            """;

    private BaseViewComparison() {}

    /**
     * @param places A live row, or a deletion, of an event that the topic does not hold any more cannot be checked; nor can a row of which the topic holds an event that cannot be read, since compaction has removed the one before
     */
    static ViewResult compare(
            BaseView view, Connection live, String liveSchema, Connection anew, String newSchema, Places places)
            throws SQLException {
        Tally tally = new Tally(view.table());
        try (OrderedRows is = new OrderedRows(live, liveSchema, view, places.plain());
                OrderedRows must = new OrderedRows(anew, newSchema, view, places.plain());
                PreparedStatement deadLetter =
                        anew.prepareStatement(HAS_DEAD_LETTER.formatted(newSchema, keyText(view)));
                PreparedStatement deletion = live.prepareStatement(
                        IS_DELETED.formatted(liveSchema, keyText(view), TombstoneSql.isVoid("k", "t")))) {
            while (is.isThere() || must.isThere()) {
                int order = is.compareTo(must);
                if (order <= 0) {
                    tally.rows(1);
                }
                if (order < 0
                        && (places.removed().contains(is.sourceOffset()) || has(deadLetter, view.table(), is.key()))) {
                    tally.notInLog();
                } else if (order < 0) {
                    tally.differs(is.key(), is.content(), null);
                } else if (order > 0 && isDeleted(deletion, view.table(), must)) {
                    tally.notInLog();
                } else if (order > 0) {
                    tally.differs(must.key(), null, must.content());
                } else if (places.removed().contains(is.sourceOffset()) && is.version() > must.version()) {
                    tally.notInLog();
                } else if (!is.content().equals(must.content())) {
                    tally.differs(is.key(), is.content(), must.content());
                }
                if (order <= 0) {
                    is.next();
                }
                if (order >= 0) {
                    must.next();
                }
            }
        }
        return tally.result();
    }

    private static boolean isDeleted(PreparedStatement deletion, String table, OrderedRows row) throws SQLException {
        deletion.setString(1, row.key());
        deletion.setLong(2, row.version());
        deletion.setLong(3, row.sourceOffset());
        deletion.setString(4, table);
        try (ResultSet rows = deletion.executeQuery()) {
            return rows.next() && rows.getBoolean(1);
        }
    }

    /**
     * Where the rows' events stand.
     *
     * @param removed of events that the topic does not hold any more
     * @param plain whether both generations have an event at the same place; not if its log was truncated before
     */
    record Places(RemovedPlaces removed, boolean plain) {}

    /** The key in JSON as a dead letter has it. */
    private static String keyText(BaseView view) {
        return view.key().size() == 1
                ? "k.key #>> '{}'"
                : "(SELECT jsonb_agg(part ORDER BY place) FROM jsonb_array_elements_text(k.key) WITH ORDINALITY p(part, place))::text";
    }

    private static boolean has(PreparedStatement deadLetter, String table, String key) throws SQLException {
        deadLetter.setString(1, key);
        deadLetter.setString(2, table);
        try (ResultSet rows = deadLetter.executeQuery()) {
            return rows.next() && rows.getBoolean(1);
        }
    }
}
