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
 *
 * <p>Its parameters are kept until a row is added. To find what they are made of is slow where another processor's cache has it,
 * so the thread that has added the rows should ask for them first.
 */
final class TableBatch {

    private static final long NONE = -1;

    private final BaseView view;
    private final Map<RowKey, Row> rows = new TreeMap<>();
    private int changes;
    private boolean deletes;
    private List<Object> upserts;
    private List<Object> deletions;

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
        deletes |= !(change instanceof Change.Upsert);
        upserts = null;
        deletions = null;
    }

    boolean isFolded() {
        return changes > rows.size();
    }

    /** The parameters of the upsert, in its order; empty if there is nothing to put. */
    List<Object> upsertParameters() {
        if (upserts == null) {
            upserts = makeUpsert();
        }
        return upserts;
    }

    private List<Object> makeUpsert() {
        List<Row> there = rowsThat(row -> row.values != null);
        if (there.isEmpty()) {
            return List.of();
        }
        List<Object> parameters = keys(there);
        parameters.addAll(arrays(there, view.columns(), (row, column) -> row.values[column]));
        parameters.add(longs(there, row -> row.version));
        parameters.add(longs(there, row -> row.offset));
        parameters.add(texts(there));
        return parameters;
    }

    /**
     * The parameters of the deletion, in its order; empty if there is nothing to delete. A row that is put again after a
     * Kafka tombstone is deleted first.
     */
    List<Object> deleteParameters() {
        if (deletions == null) {
            deletions = makeDeletion();
        }
        return deletions;
    }

    private List<Object> makeDeletion() {
        List<Row> dead = deletes ? rowsThat(row -> row.deleted || row.erasedBefore != NONE) : List.of();
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
        return arrays(rows, view.key(), (row, column) -> row.key.value(column));
    }

    private interface Values {
        Object of(Row row, int column);
    }

    /** What rows have in columns, as the arrays that {@code unnest} takes. Row by row, since what a row has lies together. */
    private static List<Object> arrays(List<Row> rows, List<Column> columns, Values values) {
        ColumnType[] types = columns.stream().map(Column::type).toArray(ColumnType[]::new);
        Object[][] arrays = new Object[types.length][];
        for (int column = 0; column < types.length; column++) {
            arrays[column] = types[column].array(rows.size());
        }
        for (int i = 0; i < rows.size(); i++) {
            Row row = rows.get(i);
            for (int column = 0; column < types.length; column++) {
                arrays[column][i] = types[column].carried(values.of(row, column));
            }
        }
        return new ArrayList<>(List.of((Object[]) arrays));
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
