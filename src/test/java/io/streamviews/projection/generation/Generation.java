package io.streamviews.projection.generation;

import io.streamviews.EmbeddedServersResource;
import io.streamviews.kafka.ReadyTopics;
import io.streamviews.projection.OpenTransaction;
import io.streamviews.projection.ViewTables;
import io.streamviews.source.BaseView;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.errors.TopicExistsException;

/**
 * A generation of views for one test: its own schema in the shared database, its own topics' names. The views are the example
 * of the engine's own tests: orders, which are counted per country, and payments in a topic that is read beside theirs.
 */
public class Generation implements AutoCloseable {

    public static final int PARTITIONS = 3;

    private static final AtomicInteger COUNT = new AtomicInteger();

    private static final String ORDERS =
            """
            CREATE TABLE order_view (order_id bigint PRIMARY KEY, country text);
            CALL source('order_view', topic => '%1$s-orders', envelope => 'streamviews', root => '/order',
                        record_key => '/orderId', columns => '{"order_id": "key"}');
            CREATE TABLE payment_view (payment_id bigint PRIMARY KEY, order_id bigint NOT NULL);
            CALL source('payment_view', topic => '%1$s-payments', columns => '{"payment_id": "key"}');
            CREATE VIEW country_stats AS SELECT country, count(*) AS order_count FROM order_view GROUP BY country;
            CALL keep('country_stats');
            """;

    public final String schema = "views_test_" + ProcessHandle.current().pid() + "_" + COUNT.incrementAndGet();
    public final Map<String, String> servers = EmbeddedServersResource.servers().getConfiguration();
    public final List<BaseView> views;
    public final ViewTables tables;
    public final Pool pool;

    public Generation() {
        this((pool, schema) -> TestGenerations.make(pool, schema, ORDERS.formatted(schema)));
    }

    /** @param make of a pool for the database, and the schema */
    Generation(BiFunction<Pool, String, List<BaseView>> make) {
        String user = servers.get("quarkus.datasource.username");
        tables = new ViewTables(servers.get("quarkus.datasource.reactive.url"), user, schema);
        pool = tables.pool;
        views = make.apply(pool, schema);
    }

    public String orders() {
        return schema + "-orders";
    }

    public List<String> topicNames() {
        return views.stream().map(BaseView::topic).distinct().toList();
    }

    /** How many partitions each topic has. */
    public Map<String, Integer> counts(int each) {
        return topicNames().stream().collect(Collectors.toMap(topic -> topic, topic -> each));
    }

    /** Those that are there are left as they are. */
    public void createTopics() {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers.get("kafka.bootstrap.servers")))) {
            for (String topic : topicNames()) {
                create(admin, topic);
            }
        }
    }

    private static void create(Admin admin, String topic) {
        try {
            ReadyTopics.create(admin, List.of(new NewTopic(topic, PARTITIONS, (short) 1)));
        } catch (InterruptedException | ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** Another pool for the database, which answers at another port of this machine. */
    public Pool pool(int port) {
        return tables.pool(port);
    }

    /** Rows of a query; {@code %s} stands for the schema. */
    public List<Row> query(String sql) {
        return tables.query(sql);
    }

    /** The first column of a query's first row. */
    public Object value(String sql) {
        return tables.value(sql);
    }

    /** Rows of derived views that are not what the definition says, and the other way round. */
    public long derivedViewErrors() {
        return tables.derivedViewErrors();
    }

    /** A transaction of the test's own. */
    public OpenTransaction transaction() throws SQLException {
        return OpenTransaction.on(servers.get("quarkus.datasource.jdbc.url"), schema);
    }

    @Override
    public void close() {
        query("DROP SCHEMA %s CASCADE");
        tables.close();
    }
}
