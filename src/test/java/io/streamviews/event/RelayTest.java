package io.streamviews.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.smallrye.mutiny.Uni;
import io.streamviews.EmbeddedServersResource;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Relays on a database of their own, and a publisher that remembers. */
class RelayTest {

    private static final Duration REPEAT_AFTER = Duration.ofMillis(300);
    private static final String DATABASE = "relay_test";
    private static Vertx vertx;
    private static String url;

    private final List<Relay> relays = new ArrayList<>();
    private final List<Event> published = new CopyOnWriteArrayList<>();
    private final AtomicReference<Publisher> publisher = new AtomicReference<>();
    private Connection database;

    @BeforeAll
    static void createDatabase() throws SQLException {
        vertx = Vertx.vertx();
        String main = EmbeddedServersResource.servers().getConfiguration().get("quarkus.datasource.jdbc.url");
        try (Connection connection = DriverManager.getConnection(main, "postgres", null)) {
            execute(connection, "CREATE DATABASE " + DATABASE);
        }
        url = main.substring(0, main.lastIndexOf('/') + 1) + DATABASE;
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
        execute(database, "SET session_replication_role = replica; DELETE FROM event_log");
        database.close();
    }

    @Test
    void publishesWhatIsInTheLogAsItWasWritten() throws SQLException {
        execute(
                database,
                """
                INSERT INTO event_log (aggregate_type, aggregate_id, version, event_type, message_key, payload, occurred_at)
                VALUES ('post', 7, 3, 'POST_UPDATED', '6', '{ "a" : 1.50 }', '2025-07-17T06:03:43.792924Z')
                """);

        start();

        await().until(() -> published.size() == 1);
        assertThat(published.get(0))
                .isEqualTo(new Event(
                        "post",
                        7,
                        3,
                        "POST_UPDATED",
                        "6",
                        "{ \"a\" : 1.50 }",
                        java.time.Instant.parse("2025-07-17T06:03:43.792924Z")));
    }

    @Test
    void isWokenByANotification() throws SQLException {
        Relay relay = start(new Config(Duration.ofMinutes(5), 2000, 4_000_000));
        await().until(() -> relay.state().isActive());
        append(database, 1);
        execute(database, "NOTIFY event_log");

        await().atMost(Duration.ofSeconds(5)).until(() -> published.size() == 1);
        append(database, 2);
        execute(database, "NOTIFY event_log");

        await().atMost(Duration.ofSeconds(5)).until(() -> published.size() == 2);
    }

    @Test
    void findsByItselfWhatNobodyTellsItOf() throws SQLException {
        Relay relay = start();
        await().until(() -> relay.state().isActive());

        append(database, 1);

        await().until(() -> versions().equals(List.of(1L)));
    }

    @Test
    void aTransactionThatCommitsLateIsNotPassedOver() throws SQLException {
        start();
        append(database, 1);
        await().until(() -> versions().equals(List.of(1L)));
        try (Connection slow = DriverManager.getConnection(url, "postgres", null)) {
            slow.setAutoCommit(false);
            append(slow, 2);
            append(database, 3);

            await().during(Duration.ofMillis(300)).until(() -> versions().equals(List.of(1L)));
            slow.commit();
        }

        await().until(() -> versions().equals(List.of(1L, 2L, 3L)));
    }

    @Test
    void aTransactionThatIsRolledBackIsNotWaitedForAnyLonger() throws SQLException {
        start();
        try (Connection slow = DriverManager.getConnection(url, "postgres", null)) {
            slow.setAutoCommit(false);
            append(slow, 1);
            append(database, 2);
            slow.rollback();
        }

        await().until(() -> versions().equals(List.of(2L)));
    }

    @Test
    void publishesManyInOrderAndEachOnce() throws SQLException {
        execute(database, appending("generate_series(1, 5000)"));

        start(new Config(Duration.ofMillis(50), 300, 4_000_000));

        await().until(() -> published.size() >= 5000);
        assertThat(versions()).isEqualTo(LongStream.rangeClosed(1, 5000).boxed().toList());
    }

    @Test
    void aBatchIsBoundByItsBytesToo() throws SQLException {
        List<Integer> batches = new CopyOnWriteArrayList<>();
        publisher.set(events -> {
            batches.add(events.size());
            published.addAll(events);
            return Uni.createFrom().voidItem();
        });
        execute(database, appending("generate_series(1, 10)"));

        start(new Config(Duration.ofMinutes(5), 300, 3));

        await().until(() -> published.size() == 10);
        assertThat(batches).hasSize(5).containsOnly(2); // {} is two bytes: the second one exceeds three
    }

    @Test
    void oneIsActiveAndAnotherTakesOver() throws SQLException {
        Relay first = start();
        await().until(() -> first.state().isActive());
        Relay second = start();
        append(database, 1);
        await().until(() -> versions().equals(List.of(1L)));
        assertThat(second.state().isActive()).isFalse();

        first.stop().join();

        append(database, 2);
        await().until(() -> versions().equals(List.of(1L, 2L)));
        assertThat(second.state().isActive()).isTrue();
        assertThat(first.state().isActive()).isFalse();
    }

    @Test
    void outlivesTheLossOfItsConnection() throws SQLException {
        Relay first = start();
        await().until(() -> first.state().isActive());
        Relay second = start();

        for (int version = 1; version <= 5; version++) {
            append(database, version);
            terminateRelays();
            int expected = version;
            await().until(() -> published.stream().anyMatch(event -> event.version() == expected));
        }

        await().until(() -> first.state().isActive() ^ second.state().isActive());
        assertThat(versions().stream().distinct()).containsExactly(1L, 2L, 3L, 4L, 5L);
    }

    @Test
    void whatAnInterruptedRelayHadOnItsWayDoesNotComeLast() throws SQLException {
        CompletableFuture<Void> neverBefore = new CompletableFuture<>();
        publisher.set(events -> Uni.createFrom().completionStage(neverBefore));
        append(database, 1);
        Relay first = start();
        await().until(() -> first.state().lastError().isPresent());
        publisher.set(remembering());
        Relay second = start();

        terminateRelays();
        append(database, 2);
        await().until(() -> versions().equals(List.of(1L, 2L)));
        published.add(published.get(0)); // arrives late, by way of the first relay's producer
        neverBefore.complete(null);

        await().until(() -> versions().equals(List.of(1L, 2L, 1L, 1L, 2L)));
        assertThat(second.state().isActive()).isTrue();
    }

    @Test
    void aRelayThatEndedInOrderLeavesNothingToRepeat() throws SQLException {
        append(database, 1);
        Relay first = start();
        await().until(() -> versions().equals(List.of(1L)));
        first.stop().join();

        start();
        append(database, 2);

        await().during(REPEAT_AFTER.multipliedBy(2)).until(() -> versions().equals(List.of(1L, 2L)));
    }

    @Test
    void publishesAgainWhatWasNotAcknowledgedAndOnlyThat() throws SQLException {
        int[] attempts = new int[1];
        publisher.set(events -> {
            published.addAll(events);
            return attempts[0]++ < 2
                    ? Uni.createFrom().failure(new PublishFailedException(new IllegalStateException("broker away")))
                    : Uni.createFrom().voidItem();
        });
        append(database, 1);
        Relay relay = start();

        await().until(() -> published.size() == 3);
        await().until(() -> relay.state().lastError().isEmpty());
        append(database, 2);

        await().until(() -> versions().equals(List.of(1L, 1L, 1L, 2L)));
    }

    @Test
    void saysThatTheBrokerIsAwayBeforeTheProducerGivesUp() throws SQLException {
        CompletableFuture<Void> acknowledgement = new CompletableFuture<>();
        publisher.set(events -> Uni.createFrom().completionStage(acknowledgement));
        append(database, 1);

        Relay relay = start();

        await().until(() -> relay.state().lastError().isPresent());
        assertThat(relay.state().lastError())
                .hasValueSatisfying(error -> assertThat(error).contains("Kafka does not take events"));
        assertThat(relay.state().isActive()).isTrue();

        acknowledgement.complete(null);

        await().until(() -> relay.state().lastError().isEmpty());
    }

    @Test
    void doesNotPassOverEventsOfARestoredDatabase() throws SQLException {
        execute(database, "UPDATE relay_cursor SET transaction_id = '4611686018427387904'");

        Relay relay = start();

        await().until(() -> relay.state().lastError().isPresent());
        assertThat(relay.state().lastError().orElseThrow()).contains("restored from");
        execute(database, "UPDATE relay_cursor SET transaction_id = '0', event_id = 0");
        append(database, 1);
        await().until(() -> versions().equals(List.of(1L)));
    }

    @Test
    void theLogIsAppendOnly() throws SQLException {
        append(database, 1);

        for (String statement :
                List.of("UPDATE event_log SET version = 2", "DELETE FROM event_log", "TRUNCATE event_log")) {
            org.assertj.core.api.Assertions.assertThatThrownBy(() -> execute(database, statement))
                    .hasMessageContaining("append-only");
        }
    }

    private Publisher remembering() {
        return events -> {
            published.addAll(events);
            return Uni.createFrom().voidItem();
        };
    }

    private void terminateRelays() throws SQLException {
        execute(
                database,
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE application_name = 'streamviews relay' AND datname = current_database()
                """);
    }

    private List<Long> versions() {
        return published.stream().map(Event::version).toList();
    }

    private Relay start() {
        return start(new Config(Duration.ofMillis(50), 2000, 4_000_000));
    }

    private Relay start(RelayConfig config) {
        PgConnectOptions options =
                PgConnectOptions.fromUri(url.substring("jdbc:".length())).setUser("postgres");
        Relay relay = new Relay(
                vertx,
                () -> PgConnection.connect(io.vertx.mutiny.core.Vertx.newInstance(vertx), options),
                events -> publisher.get().publish(events),
                config,
                count -> {});
        relays.add(relay);
        relay.start();
        return relay;
    }

    private static void append(Connection connection, long version) throws SQLException {
        execute(connection, appending("(VALUES (%d)) AS series".formatted(version)));
    }

    private static String appending(String versions) {
        return """
                INSERT INTO event_log (aggregate_type, aggregate_id, version, event_type, message_key, payload)
                SELECT 'user', 1, version, 'USER_UPDATED', '1', '{}' FROM %s AS versions (version)
                """
                .formatted(versions.replace(" AS series", ""));
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private record Config(Duration pollInterval, int batchSize, int batchBytes) implements RelayConfig {

        @Override
        public boolean enabled() {
            return true;
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
        public Duration repeatAfter() {
            return REPEAT_AFTER;
        }

        @Override
        public Duration patience() {
            return Duration.ofMillis(100);
        }
    }
}
