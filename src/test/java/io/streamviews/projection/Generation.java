package io.streamviews.projection;

import io.smallrye.mutiny.Uni;
import io.streamviews.EmbeddedServersResource;
import io.streamviews.event.TopicCreation;
import io.streamviews.event.TopicsConfig;
import io.streamviews.view.PostView;
import io.streamviews.view.UserView;
import io.vertx.mutiny.core.Vertx;
import io.vertx.mutiny.pgclient.PgBuilder;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.PoolOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.flywaydb.core.Flyway;

/** A generation of the real views for one test: its own schema in the shared database, its own topics' names. */
final class Generation implements AutoCloseable {

    private static final AtomicInteger COUNT = new AtomicInteger();

    final String schema = "views_test_" + ProcessHandle.current().pid() + "_" + COUNT.incrementAndGet();
    final Map<String, String> servers = EmbeddedServersResource.servers().getConfiguration();
    final TopicsConfig topics = new PrefixedTopics(schema + "-");
    final List<BaseView<?>> views = List.of(new UserView(topics), new PostView(topics));
    final Pool pool;
    private final Vertx vertx = Vertx.vertx();

    Generation() {
        Flyway.configure()
                .dataSource(servers.get("quarkus.datasource.jdbc.url"), servers.get("quarkus.datasource.username"), "")
                .locations("db/views")
                .schemas(schema)
                .load()
                .migrate();
        pool = PgBuilder.pool()
                .with(new PoolOptions().setMaxSize(8))
                .connectingTo(PgConnectOptions.fromUri(servers.get("quarkus.datasource.reactive.url"))
                        .setUser(servers.get("quarkus.datasource.username")))
                .using(vertx)
                .build();
    }

    /** Creates the topics; a broker may need a moment to know what it has just created. */
    void createTopics() {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers.get("kafka.bootstrap.servers")))) {
            Uni.createFrom()
                    .voidItem()
                    .invoke(() -> new TopicCreation(admin, topics).run())
                    .onFailure(UnknownTopicOrPartitionException.class)
                    .retry()
                    .withBackOff(Duration.ofMillis(20))
                    .atMost(50)
                    .await()
                    .indefinitely();
        }
    }

    /** Rows of a query; {@code %s} stands for the schema. */
    List<Row> query(String sql) {
        List<Row> rows = new ArrayList<>();
        pool.query(sql.replace("%s", schema)).executeAndAwait().forEach(rows::add);
        return rows;
    }

    /** The first column of a query's first row. */
    Object value(String sql) {
        return query(sql).get(0).getValue(0);
    }

    /** Rows of the derived view that are not what its definition says, and the other way round. */
    long derivedViewErrors() {
        String stated = "SELECT department, user_count, active_users, inactive_users FROM %s.department_stats";
        String defined =
                "SELECT department, user_count, active_users, inactive_users FROM %s.department_stats_definition";
        return (Long) value("SELECT count(*) FROM ((%1$s EXCEPT %2$s) UNION ALL (%2$s EXCEPT %1$s)) AS difference"
                .replace("%1$s", stated)
                .replace("%2$s", defined));
    }

    @Override
    public void close() {
        query("DROP SCHEMA %s CASCADE");
        pool.closeAndAwait();
        vertx.closeAndAwait();
    }

    private record PrefixedTopics(String prefix) implements TopicsConfig {

        @Override
        public String userEvents() {
            return prefix + "user-events";
        }

        @Override
        public String postEvents() {
            return prefix + "post-events";
        }

        @Override
        public int partitions() {
            return 3;
        }

        @Override
        public OptionalInt replicationFactor() {
            return OptionalInt.of(1);
        }
    }
}
