package io.streamviews.relay;

import io.smallrye.mutiny.Uni;
import io.streamviews.EmbeddedServersResource;
import io.streamviews.eventlog.Event;
import io.vertx.core.Vertx;
import io.vertx.mutiny.pgclient.PgConnection;
import io.vertx.pgclient.PgConnectOptions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/** Relays on a database of their own, with a publisher that remembers instead of Kafka. */
abstract class RelaysAndADatabase {

    static final Duration REPEAT_AFTER = Duration.ofMillis(300);
    static final Duration FROZEN_AFTER = Duration.ofSeconds(3);
    static final RelayConfig CONFIG = new Config(Duration.ofMillis(50), 2000, 4_000_000);
    private static Vertx vertx;
    static String url;

    private final List<Relay> relays = new ArrayList<>();
    final List<Event> published = new CopyOnWriteArrayList<>();
    final AtomicReference<Function<List<Event>, Uni<Void>>> publisher = new AtomicReference<>();
    Connection database;

    @BeforeAll
    static void createDatabase() throws SQLException {
        vertx = Vertx.vertx();
        String name = "relay_test_" + System.nanoTime();
        String main = EmbeddedServersResource.servers().getConfiguration().get("quarkus.datasource.jdbc.url");
        try (Connection connection = DriverManager.getConnection(main, "postgres", null)) {
            execute(connection, "CREATE DATABASE " + name);
        }
        url = main.substring(0, main.lastIndexOf('/') + 1) + name;
        Flyway.configure().dataSource(url, "postgres", null).load().migrate();
    }

    @AfterAll
    static void closeVertx() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    @BeforeEach
    void connect() throws SQLException {
        database = DriverManager.getConnection(url, "postgres", null);
        publisher.set(remembering());
    }

    @AfterEach
    void stop() throws SQLException {
        relays.forEach(relay -> relay.stop().join());
        execute(
                database,
                """
                SET session_replication_role = replica;
                DELETE FROM event_log;
                UPDATE relay_cursor SET holder = NULL, repeat_from = NULL, repeat_at = NULL;
                """);
        database.close();
    }

    Function<List<Event>, Uni<Void>> remembering() {
        return events -> {
            published.addAll(events);
            return Uni.createFrom().voidItem();
        };
    }

    void terminateRelays() throws SQLException {
        execute(
                database,
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE application_name = 'streamviews relay' AND datname = current_database()
                """);
    }

    List<Long> versions() {
        return published.stream().map(Event::version).toList();
    }

    Relay start() {
        return start(CONFIG);
    }

    Relay start(RelayConfig config) {
        return start(create(config, url));
    }

    Relay start(Relay relay) {
        relays.add(relay);
        relay.start();
        return relay;
    }

    Relay create(RelayConfig config, String jdbcUrl) {
        PgConnectOptions options =
                PgConnectOptions.fromUri(jdbcUrl.substring("jdbc:".length())).setUser("postgres");
        return new Relay(
                vertx,
                () -> PgConnection.connect(io.vertx.mutiny.core.Vertx.newInstance(vertx), options),
                (events, until) -> publisher.get().apply(events),
                config);
    }

    static void append(Connection connection, long version) throws SQLException {
        execute(connection, appending("(VALUES (%d))".formatted(version)));
    }

    static String appending(String versions) {
        return """
                INSERT INTO event_log (aggregate_type, aggregate_id, version, event_type, message_key, payload)
                SELECT 'user', 1, version, 'USER_UPDATED', '1', '{}' FROM %s AS versions (version)
                """
                .formatted(versions);
    }

    static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    record Config(Duration pollInterval, int batchSize, int batchBytes, Duration repeatAfter) implements RelayConfig {

        Config(Duration pollInterval, int batchSize, int batchBytes) {
            this(pollInterval, batchSize, batchBytes, REPEAT_AFTER);
        }

        @Override
        public Duration interval() {
            return Duration.ofMillis(10);
        }

        @Override
        public boolean enabled() {
            return true;
        }

        @Override
        public boolean cloudEvents() {
            return false;
        }

        @Override
        public Duration standbyInterval() {
            return Duration.ofMillis(50);
        }

        @Override
        public Duration maxBackOff() {
            return Duration.ofMillis(200);
        }

        @Override
        public Duration patience() {
            return Duration.ofMillis(100);
        }

        @Override
        public Duration heartbeat() {
            return Duration.ofMillis(50);
        }

        @Override
        public Duration frozenAfter() {
            return FROZEN_AFTER;
        }

        @Override
        public Duration stuckAfter() {
            return Duration.ofSeconds(30);
        }
    }
}
