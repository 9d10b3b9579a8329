package io.streamviews.view;

import io.smallrye.mutiny.Uni;
import io.streamviews.postgres.Page;
import io.streamviews.postgres.PageBound;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
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
        return rows(sql, parameters).map(rows -> StreamSupport.stream(rows.spliterator(), false)
                .map(read)
                .toList());
    }

    /**
     * The rows of a query as far as the bound allows.
     *
     * @param size see {@link PageBound#cut}
     */
    <T> Uni<Page<T>> page(String sql, String size, Function<Row, T> read, PageBound bound, Object... parameters) {
        return rows(bound.cut(sql, size), parameters).map(rows -> Page.of(rows, read));
    }

    /** The first row of a query, or null. */
    <T> Uni<T> first(String sql, Function<Row, T> read, Object... parameters) {
        return list(sql, read, parameters).map(rows -> rows.isEmpty() ? null : rows.get(0));
    }

    private Uni<RowSet<Row>> rows(String sql, Object... parameters) {
        return pool.preparedQuery(sql)
                .execute(Tuple.from(parameters))
                .ifNoItem()
                .after(timeout)
                .fail();
    }
}
