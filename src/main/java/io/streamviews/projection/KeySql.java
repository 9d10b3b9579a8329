package io.streamviews.projection;

import io.streamviews.source.BaseView;
import io.streamviews.source.Column;
import io.streamviews.source.RowKey;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A base view's key in SQL, where it is kept as {@link RowKey#toString() text}: in tombstones and dead letters. */
public final class KeySql {

    private KeySql() {}

    /** The key's columns. */
    public static String columns(BaseView view) {
        return view.key().stream().map(Column::sql).collect(Collectors.joining(", "));
    }

    /**
     * Whether a row has a key. The casts are safe: what is kept as text was one of the view's keys before.
     *
     * @param row the row's alias
     * @param text an expression that gives the key as text
     */
    public static String matches(BaseView view, String row, String text) {
        List<Column> key = view.key();
        return IntStream.range(0, key.size())
                .mapToObj(i -> "%s.%s = (%s)::%s"
                        .formatted(
                                row,
                                key.get(i).sql(),
                                key.size() == 1 ? text : "%s::jsonb->>%d".formatted(text, i),
                                key.get(i).type().sql()))
                .collect(Collectors.joining(" AND "));
    }
}
