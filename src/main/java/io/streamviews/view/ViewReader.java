package io.streamviews.view;

import io.smallrye.common.vertx.VertxContext;
import io.smallrye.mutiny.Uni;
import io.streamviews.postgres.Page;
import io.streamviews.postgres.PageBound;
import io.streamviews.postgres.Sql;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Runs the queries that people read the live views with; each ends within a time-out. They go to the standby while it may
 * be read, for half of that time at most, and on to the primary if they fail there, unless they would there, too. A query
 * that fails says nothing of the standby unless it is the connection that did.
 */
@Singleton
public class ViewReader {

    /** In the context of a request that may not go by what a standby holds. */
    private static final String PRIMARY_ONLY = "streamviews.read.primary";

    private final Pool primary;
    private final Standby standby;
    private final Duration timeout;

    ViewReader(
            Pool primary,
            Standby standby,
            @ConfigProperty(name = "streamviews.view.timeout", defaultValue = "10s") Duration timeout) {
        this.primary = primary;
        this.standby = standby;
        this.timeout = timeout;
    }

    /** Has all further reads of a request go to the primary. */
    public static void onPrimaryOnly(Context request) {
        request.putLocal(PRIMARY_ONLY, true);
    }

    /** The rows of a query; fails with {@link io.smallrye.mutiny.TimeoutException} if they are not there in time. */
    public <T> Uni<List<T>> list(String sql, Function<Row, T> read, Object... parameters) {
        return rows(sql, parameters).map(rows -> Sql.read(rows, read));
    }

    /**
     * The rows of a query as far as the bound allows.
     *
     * @param size see {@link PageBound#cut}
     */
    public <T> Uni<Page<T>> page(
            String sql, String size, Function<Row, T> read, PageBound bound, Object... parameters) {
        return rows(bound.cut(sql, size), parameters).map(rows -> Page.of(rows, read));
    }

    /** The first row of a query, or null. */
    public <T> Uni<T> first(String sql, Function<Row, T> read, Object... parameters) {
        return list(sql, read, parameters).map(ViewReader::first);
    }

    /** As {@link #first}, on the primary. */
    public <T> Uni<T> firstOnPrimary(String sql, Function<Row, T> read, Object... parameters) {
        return listOnPrimary(sql, read, parameters).map(ViewReader::first);
    }

    /** As {@link #list}, on the primary. */
    public <T> Uni<List<T>> listOnPrimary(String sql, Function<Row, T> read, Object... parameters) {
        return rows(primary, timeout, sql, parameters).map(rows -> Sql.read(rows, read));
    }

    /** As {@link #list}, on the standby. */
    public <T> Uni<List<T>> listOnStandby(String sql, Function<Row, T> read, Object... parameters) {
        return rows(standby.pool(), timeout, sql, parameters)
                .map(rows -> Sql.read(rows, read))
                .onFailure(RefusedStatements::isOfTheConnection)
                .invoke(standby::failed);
    }

    private Uni<RowSet<Row>> rows(String sql, Object... parameters) {
        if (!standby.isRead() || isOnPrimaryOnly(Vertx.currentContext())) {
            return rows(primary, timeout, sql, parameters);
        }
        long start = System.nanoTime();
        return rows(standby.pool(), timeout.dividedBy(2), sql, parameters)
                .onFailure(RefusedStatements::isOfTheConnection)
                .invoke(standby::failed)
                .onFailure(failure -> !RefusedStatements.isRefusedEverywhere(failure))
                .recoverWithUni(() -> rows(primary, timeout.minusNanos(System.nanoTime() - start), sql, parameters));
    }

    private static boolean isOnPrimaryOnly(Context request) {
        return request != null && VertxContext.isDuplicatedContext(request) && request.getLocal(PRIMARY_ONLY) != null;
    }

    private static Uni<RowSet<Row>> rows(Pool pool, Duration atMost, String sql, Object... parameters) {
        return pool.preparedQuery(sql)
                .execute(Tuple.from(parameters))
                .ifNoItem()
                .after(atMost)
                .fail();
    }

    private static <T> T first(List<T> rows) {
        return rows.isEmpty() ? null : rows.get(0);
    }
}
