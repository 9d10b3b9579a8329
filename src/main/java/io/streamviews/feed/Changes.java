package io.streamviews.feed;

import io.streamviews.projection.BaseView;
import io.streamviews.projection.Change;
import io.streamviews.projection.Column;
import java.util.LinkedHashMap;
import java.util.Map;

/** A base view's changes as a feed tells them. */
final class Changes {

    static final String KEY = "key";

    /** Only what puts a row has one. */
    static final String ROW = "row";

    private Changes() {}

    /** @throws RuntimeException if the record is no event for this view */
    static <E> Map<String, Object> of(BaseView<E> view, byte[] key, byte[] value) {
        Change<E> change = view.read(key, value);
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("view", view.table());
        if (change instanceof Change.Upsert<E> upsert) {
            told.put("op", "put");
            told.put(KEY, upsert.key());
            told.put("version", upsert.version());
            told.put(ROW, row(view, upsert.event()));
        } else if (change instanceof Change.Delete<E> delete) {
            told.put("op", "delete");
            told.put(KEY, delete.key());
            told.put("version", delete.version());
        } else {
            told.put("op", "erase");
            told.put(KEY, change.key());
        }
        return told;
    }

    private static <E> Map<String, Object> row(BaseView<E> view, E event) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put(view.key().name(), view.key().value().apply(event));
        for (Column<E> column : view.columns()) {
            row.put(column.name(), column.value().apply(event));
        }
        return row;
    }
}
