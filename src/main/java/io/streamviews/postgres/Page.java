package io.streamviews.postgres;

import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Entries of a list that follow one another.
 *
 * @param goesOn whether there are more behind them
 */
public record Page<T>(List<T> entries, boolean goesOn) {

    /** What says so in a row of a query that was {@linkplain PageBound#cut cut}. */
    public static final String GOES_ON = "page_goes_on";

    /** The rows of such a query. */
    public static <T> Page<T> of(RowSet<Row> rows, Function<Row, T> read) {
        List<T> entries = new ArrayList<>(rows.size());
        boolean goesOn = false;
        for (Row row : rows) {
            entries.add(read.apply(row));
            goesOn = row.getBoolean(GOES_ON);
        }
        return new Page<>(entries, goesOn);
    }

    /** This page and the one that follows it. */
    public Page<T> and(Page<T> next) {
        return new Page<>(Stream.concat(entries.stream(), next.entries.stream()).toList(), next.goesOn);
    }
}
