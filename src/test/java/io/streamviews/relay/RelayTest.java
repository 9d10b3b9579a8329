package io.streamviews.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.smallrye.mutiny.Uni;
import io.streamviews.eventlog.Event;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** What a relay publishes, and in which order. */
class RelayTest extends RelaysAndADatabase {

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
                        new Event.Aggregate("post", 7, 3),
                        "POST_UPDATED",
                        "6",
                        "{ \"a\" : 1.50 }",
                        Instant.parse("2025-07-17T06:03:43.792924Z")));
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
    void neighboursTransactionsAreNotWaitedFor() throws SQLException {
        execute(database, "CREATE TABLE IF NOT EXISTS neighbour (x integer)");
        start();
        try (Connection neighbour = DriverManager.getConnection(url, "postgres", null);
                Connection maintenance = DriverManager.getConnection(url, "postgres", null)) {
            neighbour.setAutoCommit(false);
            execute(neighbour, "INSERT INTO neighbour VALUES (1)");
            maintenance.setAutoCommit(false);
            execute(maintenance, "LOCK TABLE event_log IN SHARE UPDATE EXCLUSIVE MODE"); // as VACUUM and ANALYZE do
            append(database, 1);
            append(database, 2);

            await().until(() -> versions().equals(List.of(1L, 2L)));
        }
    }

    @Test
    void whoWritesSomethingElseFirstIsNotPassedOver() throws SQLException {
        execute(database, "CREATE TABLE IF NOT EXISTS neighbour (x integer)");
        start();
        try (Connection slow = DriverManager.getConnection(url, "postgres", null)) {
            slow.setAutoCommit(false);
            execute(slow, "INSERT INTO neighbour VALUES (1)");
            append(database, 1);
            append(slow, 2);
            append(database, 3);

            await().during(Duration.ofMillis(300)).until(() -> versions().equals(List.of(1L)));
            slow.commit();
        }

        await().until(() -> versions().equals(List.of(1L, 2L, 3L)));
    }

    @Test
    void whoGoesOnAfterASavepointIsNotPassedOver() throws SQLException {
        start();
        try (Connection slow = DriverManager.getConnection(url, "postgres", null)) {
            slow.setAutoCommit(false);
            execute(slow, "SAVEPOINT first");
            append(slow, 1);
            execute(slow, "ROLLBACK TO first");
            append(database, 2);
            await().until(() -> versions().equals(List.of(2L)));
            append(slow, 3);
            append(database, 4);

            await().during(Duration.ofMillis(300)).until(() -> versions().equals(List.of(2L)));
            slow.commit();
        }

        await().until(() -> versions().equals(List.of(2L, 3L, 4L)));
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
    void ofEventsThatHaveNoRoomInABatchFewAreUnpacked() throws SQLException {
        AtomicInteger events = new AtomicInteger();
        publisher.set(batch -> {
            events.addAndGet(batch.size());
            return Uni.createFrom().voidItem();
        });
        execute(
                database,
                appending("generate_series(1, 300)")
                        .replace(
                                "'{}'",
                                "to_json((SELECT string_agg(md5(version || ' ' || i), '') FROM generate_series(1, 3000) i))"));
        long before = unpacked();

        Relay relay = start(new Config(Duration.ofMillis(50), 2000, 200_000));

        await().until(() -> events.get() == 300);
        assertThat(relay.stop()).succeedsWithin(Duration.ofSeconds(5));
        await().until(() -> number("SELECT count(*) FROM pg_stat_activity"
                        + " WHERE application_name = 'streamviews relay' AND datname = current_database()")
                == 0);
        long byRelay = unpacked() - before;
        number("SELECT sum(length(payload::text)) FROM event_log");
        number("SELECT 1 FROM pg_stat_force_next_flush()");
        long eachOnce = unpacked() - before - byRelay;
        assertThat(byRelay).isBetween(eachOnce, 4 * eachOnce);
    }

    /** Blocks of what is kept outside of the log's rows that have been read. */
    private long unpacked() throws SQLException {
        return number("SELECT toast_blks_read + toast_blks_hit FROM pg_statio_user_tables WHERE relname = 'event_log'");
    }

    private long number(String query) throws SQLException {
        try (Statement statement = database.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            rows.next();
            return rows.getLong(1);
        }
    }

    @Test
    void oneThatNeverStartedStopsAtOnce() {
        Relay relay = create(CONFIG, url);

        assertThat(relay.stop()).succeedsWithin(Duration.ofSeconds(5));
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
}
