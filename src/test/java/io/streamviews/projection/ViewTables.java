package io.streamviews.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.streamviews.postgres.WatchedConnections;
import io.vertx.mutiny.core.Vertx;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.PoolOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The tables of one generation, as a test looks into them and compares them with what they must be. */
public final class ViewTables implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

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

    /** Waits until the whole log has been read; then every row, every sum and every dead letter must be right. */
    public void awaitFoldOf(UserLog log) {
        await("The views' position").atMost(PATIENCE).ignoreExceptions().untilAsserted(() -> assertThat(position())
                .isEqualTo(log.events()));
        Map<Long, UserLog.User> users = new TreeMap<>();
        query("SELECT user_id, department, version FROM %s.user_view")
                .forEach(row -> users.put(row.getLong(0), new UserLog.User(row.getString(1), row.getLong(2))));
        assertThat(users).isEqualTo(log.users());
        assertThat(derivedViewErrors()).isZero();
        assertThat(query("SELECT convert_from(key, 'UTF8'), md5(payload) FROM %s.dead_letter"))
                .extracting(row -> new UserLog.BadEvent(row.getString(0), row.getString(1)))
                .hasSameSizeAs(log.badEvents())
                .allMatch(new HashSet<>(log.badEvents())::remove, "is one of the bad events, once");
    }

    @Override
    public void close() {
        pool.closeAndAwait();
        vertx.closeAndAwait();
    }
}
