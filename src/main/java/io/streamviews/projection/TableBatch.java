package io.streamviews.projection;

import io.streamviews.source.BaseView;
import io.streamviews.source.Change;
import io.streamviews.source.Column;
import io.streamviews.source.ColumnType;
import io.streamviews.source.RowKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * The changes of a batch for one base view, folded to one per row: an upsert in which a key stands twice is an error in
 * PostgreSQL, and only the last change counts anyway. Rows are written in the order of their keys, so that neighbours in an
 * index are visited one after the other.
 */
final class TableBatch {

    private static final long NONE = -1;

    private final BaseView view;
    private final Map<RowKey, Row> rows = new TreeMap<>();
    private int changes;

    TableBatch(BaseView view) {
        this.view = view;
    }

    BaseView view() {
        return view;
    }

    /** Adds what a record, at its place, asks of the view. */
    void add(Change change, long place) {
        rows.computeIfAbsent(change.key(), Row::new).apply(change, place);
        changes++;
    }

    boolean isFolded() {
        return changes > rows.size();
    }

    /** The parameters of the upsert, in its order; empty if there is nothing to put. */
    List<Object> upsertParameters() {
        List<Row> upserts = rowsThat(row -> row.values != null);
        if (upserts.isEmpty()) {
            return List.of();
        }
        List<Object> parameters = keys(upserts);
        for (int i = 0; i < view.columns().size(); i++) {
            int column = i;
            parameters.add(values(upserts, view.columns().get(i).type(), row -> row.values[column]));
        }
        parameters.add(longs(upserts, row -> row.version));
        parameters.add(longs(upserts, row -> row.offset));
        parameters.add(texts(upserts));
        return parameters;
    }

    /**
     * The parameters of the deletion, in its order; empty if there is nothing to delete. A row that is put again after a
     * Kafka tombstone is deleted first.
     */
    List<Object> deleteParameters() {
        List<Row> dead = rowsThat(row -> row.deleted || row.erasedBefore != NONE);
        if (dead.isEmpty()) {
            return List.of();
        }
        List<Object> parameters = keys(dead);
        parameters.add(longs(dead, row -> row.erasedBefore));
        parameters.add(longs(dead, row -> row.deleted ? row.version : null));
        parameters.add(longs(dead, row -> row.deleted ? row.offset : null));
        parameters.add(texts(dead));
        return parameters;
    }

    private List<Object> keys(List<Row> rows) {
        List<Object> parameters = new ArrayList<>();
        List<Column> key = view.key();
        for (int i = 0; i < key.size(); i++) {
            int column = i;
            parameters.add(values(rows, key.get(i).type(), row -> row.key.value(column)));
        }
        return parameters;
    }

    /** The values of {@code rows} in a column, as the array that {@code unnest} takes. */
    private static Object[] values(List<Row> rows, ColumnType type, Function<Row, Object> value) {
        Object[] values = type.array(rows.size());
        for (int i = 0; i < values.length; i++) {
            values[i] = type.carried(value.apply(rows.get(i)));
        }
        return values;
    }

    private static Long[] longs(List<Row> rows, Function<Row, Long> value) {
        Long[] values = new Long[rows.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = value.apply(rows.get(i));
        }
        return values;
    }

    private static String[] texts(List<Row> rows) {
        String[] texts = new String[rows.size()];
        for (int i = 0; i < texts.length; i++) {
            texts[i] = rows.get(i).key.toString();
        }
        return texts;
    }

    private List<Row> rowsThat(Predicate<Row> condition) {
        List<Row> chosen = new ArrayList<>(rows.size());
        for (Row row : rows.values()) {
            if (condition.test(row)) {
                chosen.add(row);
            }
        }
        return chosen;
    }

    /** What the batch knows of a row so far. */
    private static final class Row {
        private final RowKey key;
        private long erasedBefore = NONE;
        private long version = NONE;
        private long offset = NONE;
        private boolean deleted;
        private Object[] values;

        private Row(RowKey key) {
            this.key = key;
        }

        private void apply(Change change, long at) {
            if (change instanceof Change.Tombstone) {
                erasedBefore = at;
                become(NONE, NONE, false, null);
            } else if (change instanceof Change.Upsert upsert) {
                if (upsert.version() >= version) {
                    become(upsert.version(), at, false, upsert.values());
                }
            } else if (change instanceof Change.Delete delete && delete.version() >= version) {
                become(delete.version(), at, true, null);
            }
        }

        private void become(long version, long offset, boolean deleted, Object[] values) {
            this.version = version;
            this.offset = offset;
            this.deleted = deleted;
            this.values = values;
        }
    }
}
