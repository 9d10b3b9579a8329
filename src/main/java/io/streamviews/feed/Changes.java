package io.streamviews.feed;

import io.streamviews.source.BaseView;
import io.streamviews.source.Change;
import io.streamviews.source.Column;
import io.streamviews.source.RowKey;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** A base view's changes as a feed tells them. */
final class Changes {

    private static final String KEY = "key";

    private static final String ROW = "row";

    private Changes() {}

    /** As a feed tells a change that a record makes. */
    static Map<String, Object> of(BaseView view, Change change) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("view", view.table());
        if (change instanceof Change.Upsert upsert) {
            told.put("op", "put");
            told.put(KEY, key(view, change.key()));
            told.put("version", upsert.version());
            told.put(ROW, row(view, upsert));
        } else if (change instanceof Change.Delete delete) {
            told.put("op", "delete");
            told.put(KEY, key(view, change.key()));
            told.put("version", delete.version());
        } else {
            told.put("op", "erase");
            told.put(KEY, key(view, change.key()));
        }
        return told;
    }

    /** The value, or a list of them if the key has several columns. */
    private static Object key(BaseView view, RowKey key) {
        List<Object> values = IntStream.range(0, view.key().size())
                .mapToObj(i -> view.key().get(i).type().told(key.value(i)))
                .toList();
        return values.size() == 1 ? values.get(0) : values;
    }

    private static Map<String, Object> row(BaseView view, Change.Upsert upsert) {
        Map<String, Object> row = new LinkedHashMap<>();
        for (int i = 0; i < view.key().size(); i++) {
            row.put(
                    view.key().get(i).name(),
                    view.key().get(i).type().told(upsert.key().value(i)));
        }
        for (int i = 0; i < view.columns().size(); i++) {
            Column column = view.columns().get(i);
            row.put(column.name(), column.type().told(upsert.values()[i]));
        }
        return row;
    }
}
