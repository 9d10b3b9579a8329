package io.streamviews.projection.generation;

import io.streamviews.EmbeddedServersResource;
import io.streamviews.kafka.PrefixedTopics;
import io.streamviews.projection.ViewTables;
import io.streamviews.source.BaseView;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** A generation of the real views for one test: its own schema in the shared database, its own topics' names. */
public final class Generation implements AutoCloseable {

    private static final AtomicInteger COUNT = new AtomicInteger();

    public final String schema = "views_test_" + ProcessHandle.current().pid() + "_" + COUNT.incrementAndGet();
    public final Map<String, String> servers = EmbeddedServersResource.servers().getConfiguration();
    public final PrefixedTopics topics = new PrefixedTopics(schema + "-", 3);
    public final List<BaseView> views;
    public final ViewTables tables;
    public final Pool pool;

    public Generation() {
        String user = servers.get("quarkus.datasource.username");
        tables = new ViewTables(servers.get("quarkus.datasource.reactive.url"), user, schema);
        pool = tables.pool;
        TestGenerations.make(pool, schema);
        views = TestGenerations.views(pool, schema, topics);
    }

    /** Another pool for the database, which answers at another port of this machine. */
    public Pool pool(int port) {
        return tables.pool(port);
    }

    /** How many partitions each topic has. */
    public Map<String, Integer> counts(int each) {
        return Map.of(topics.userEvents(), each, topics.postEvents(), each);
    }

    public void createTopics() {
        topics.create(servers.get("kafka.bootstrap.servers"));
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

    @Override
    public void close() {
        query("DROP SCHEMA %s CASCADE");
        tables.close();
    }
}
