package io.streamviews.view;

import io.smallrye.mutiny.Uni;
import io.streamviews.rest.PageRequest;
import io.streamviews.rest.Pages;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.stream.StreamSupport;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Runs the queries that people read the live views with; each ends within a time-out. */
@ApplicationScoped
class ViewReader {

    private final Pool pool;
    private final Duration timeout;

    ViewReader(Pool pool, @ConfigProperty(name = "streamviews.view.timeout", defaultValue = "10s") Duration timeout) {
        this.pool = pool;
        this.timeout = timeout;
    }

    /** The rows of a query; fails with {@link io.smallrye.mutiny.TimeoutException} if they are not there in time. */
    <T> Uni<List<T>> list(String sql, Function<Row, T> read, Object... parameters) {
        return pool.preparedQuery(sql)
                .execute(Tuple.from(parameters))
                .ifNoItem()
                .after(timeout)
                .fail()
                .map(rows -> StreamSupport.stream(rows.spliterator(), false)
                        .map(read)
                        .toList());
    }

    /**
     * The rows of a page, and one more if there is a next page. The limit stands in the query's text: PostgreSQL plans a
     * query with a parameter in its place for a tenth of the table, and reads accordingly.
     *
     * @param sql all but the limit
     */
    <T> Uni<List<T>> page(String sql, Function<Row, T> read, PageRequest page, Object... parameters) {
        return list(sql + " LIMIT " + Pages.toRead(page), read, parameters);
    }

    /** The first row of a query, or null. */
    <T> Uni<T> first(String sql, Function<Row, T> read, Object... parameters) {
        return list(sql, read, parameters).map(rows -> rows.isEmpty() ? null : rows.get(0));
    }
}
