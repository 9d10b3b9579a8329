package io.streamviews.projection;

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
final class TableBatch<E> {

    private static final long NONE = -1;

    private final BaseView<E> view;
    private final Map<Object, Row<E>> rows = new TreeMap<>();

    TableBatch(BaseView<E> view) {
        this.view = view;
    }

    BaseView<E> view() {
        return view;
    }

    /**
     * Reads what a record asks of the view.
     *
     * @return adds the change to the batch when it is run
     * @throws RuntimeException if it is no event for this view
     */
    Runnable read(byte[] key, byte[] value, long place) {
        Change<E> change = view.read(key, value);
        return () -> rows.computeIfAbsent(change.key(), Row::new).apply(change, place);
    }

    /** The values of {@code rows} in a column, as the array that {@code unnest} takes. */
    private static <E> Object[] values(List<Row<E>> rows, ColumnType type, Function<Row<E>, ?> value) {
        Object[] values = type.array(rows.size());
        for (int i = 0; i < values.length; i++) {
            values[i] = value.apply(rows.get(i));
        }
        return values;
    }

    /** The parameters of the upsert: the key, the columns, the version, the offset; empty if there is nothing to put. */
    List<Object> upsertParameters() {
        List<Row<E>> upserts = rowsThat(row -> row.event != null);
        if (upserts.isEmpty()) {
            return List.of();
        }
        List<Object> parameters = new ArrayList<>();
        parameters.add(values(upserts, view.key().type(), row -> row.key));
        for (Column<E> column : view.columns()) {
            parameters.add(values(upserts, column.type(), row -> column.value().apply(row.event)));
        }
        parameters.add(values(upserts, ColumnType.BIGINT, row -> row.version));
        parameters.add(values(upserts, ColumnType.BIGINT, row -> row.offset));
        return parameters;
    }

    /**
     * The parameters of the deletion: the key, erased before, the version, the offset; empty if there is nothing to
     * delete. A row that is put again after a Kafka tombstone is deleted first.
     */
    List<Object> deleteParameters() {
        List<Row<E>> dead = rowsThat(row -> row.deleted || row.erasedBefore != NONE);
        return dead.isEmpty()
                ? List.of()
                : List.of(
                        values(dead, view.key().type(), row -> row.key),
                        values(dead, ColumnType.BIGINT, row -> row.erasedBefore),
                        values(dead, ColumnType.BIGINT, row -> row.deleted ? row.version : null),
                        values(dead, ColumnType.BIGINT, row -> row.deleted ? row.offset : null));
    }

    private List<Row<E>> rowsThat(Predicate<Row<E>> condition) {
        List<Row<E>> chosen = new ArrayList<>(rows.size());
        for (Row<E> row : rows.values()) {
            if (condition.test(row)) {
                chosen.add(row);
            }
        }
        return chosen;
    }

    /** What the batch knows of a row so far. */
    static final class Row<E> {
        private final Object key;
        private long erasedBefore = NONE;
        private long version = NONE;
        private long offset = NONE;
        private boolean deleted;
        private E event;

        private Row(Object key) {
            this.key = key;
        }

        private void apply(Change<E> change, long at) {
            if (change instanceof Change.Tombstone) {
                erasedBefore = at;
                become(NONE, NONE, false, null);
            } else if (change instanceof Change.Upsert<E> upsert) {
                if (upsert.version() >= version) {
                    become(upsert.version(), at, false, upsert.event());
                }
            } else if (change instanceof Change.Delete<E> delete && delete.version() >= version) {
                become(delete.version(), at, true, null);
            }
        }

        private void become(long version, long offset, boolean deleted, E event) {
            this.version = version;
            this.offset = offset;
            this.deleted = deleted;
            this.event = event;
        }
    }
}
