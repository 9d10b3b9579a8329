package io.streamviews.projection;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamviews.postgres.WatchedConnections;
import io.vertx.mutiny.core.Vertx;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.PoolOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The tables of one generation, as a test looks into them and compares them with what they must be. */
public final class ViewTables implements AutoCloseable {

    private static final String DERIVED_VIEWS =
            """
            SELECT quote_ident(name), string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position),
                   quote_ident(name || '_definition')
            FROM %s.derived_view
            JOIN information_schema.columns ON table_schema = '%s' AND table_name = name || '_definition'
            GROUP BY name
            """;
    private static final String DIFFERENCE =
            """
            SELECT count(*) FROM (
              (SELECT {columns} FROM %s.{view} EXCEPT ALL SELECT {columns} FROM %s.{definition})
              UNION ALL
              (SELECT {columns} FROM %s.{definition} EXCEPT ALL SELECT {columns} FROM %s.{view})) AS difference
            """;

    public final Pool pool;
    private final Vertx vertx = Vertx.vertx();
    private final String schema;
    private final PgConnectOptions database;

    public ViewTables(String url, String user, String schema) {
        this.schema = schema;
        this.database = PgConnectOptions.fromUri(url).setUser(user);
        this.pool = pool(database.getPort());
    }

    /** Another pool for the database, which answers at another port of this machine. */
    public Pool pool(int port) {
        List<PgConnectOptions> servers = List.of(new PgConnectOptions(database).setPort(port));
        return Pool.newInstance(new WatchedConnections(vertx.getDelegate(), servers, Duration.ofSeconds(20))
                .pool(new PoolOptions().setMaxSize(8)));
    }

    /** Rows of a query; {@code %s} stands for the schema. */
    public List<Row> query(String sql) {
        List<Row> rows = new ArrayList<>();
        pool.query(sql.replace("%s", schema)).executeAndAwait().forEach(rows::add);
        return rows;
    }

    /** The first column of a query's first row. */
    public Object value(String sql) {
        return query(sql).get(0).getValue(0);
    }

    /** The number that a query counts. */
    public long count(String sql) {
        return (Long) value(sql);
    }

    /** Events that the views have read, of all partitions. */
    long position() {
        return count("SELECT coalesce(sum(next_offset), 0)::bigint FROM %s.projection_position");
    }

    /** Rows of derived views that are not what the definition says, and the other way round. */
    public long derivedViewErrors() {
        List<Row> views = query(DERIVED_VIEWS);
        assertThat(views).isNotEmpty();
        return views.stream()
                .mapToLong(view -> count(DIFFERENCE
                        .replace("{view}", view.getString(0))
                        .replace("{columns}", view.getString(1))
                        .replace("{definition}", view.getString(2))))
                .sum();
    }

    @Override
    public void close() {
        pool.closeAndAwait();
        vertx.closeAndAwait();
    }
}
