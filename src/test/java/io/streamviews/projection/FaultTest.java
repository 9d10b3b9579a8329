package io.streamviews.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.streamviews.EmbeddedServersResource;
import io.streamviews.Roles;
import io.streamviews.dev.EmbeddedServersMXBean;
import io.streamviews.projection.generation.Generation;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whatever breaks, the views end up as the fold of the log: every row, every sum, every dead letter once. */
class FaultTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final EmbeddedServersMXBean SERVERS = EmbeddedServersResource.servers();

    private Generation generation;
    private RowLog log;

    @BeforeEach
    void createTopics() {
        generation = new Generation();
        generation.createTopics();
        log = new RowLog(SERVERS.getBootstrapServers(), new OrderRecords(generation.orders(), 0), 300);
    }

    @AfterEach
    void close() {
        log.close();
        generation.close();
    }

    @Test
    void databaseConnectionsCutInMidBatch() {
        try (ProjectionInstance instance = ProjectionInstance.start(generation)) {
            for (int i = 0; i < 20; i++) {
                log.append(500);
                // on a connection that is not among those
                Roles.execute(
                        "materialized_view_db",
                        "postgres",
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%" + generation.schema
                                + "%' AND pid <> pg_backend_pid()");
            }
            awaitFold();
        }
    }

    @Test
    void databaseRestarted() {
        try (ProjectionInstance instance = ProjectionInstance.start(generation)) {
            log.append(2_000);
            SERVERS.stopDatabase();
            log.append(2_000);
            SERVERS.startDatabase();
            log.append(2_000);
            awaitFold();
        }
    }

    @Test
    void committedBatchesThatPostgresqlHasLostAreWrittenAgainWhenTheNextOneComes() {
        try (ProjectionInstance instance = ProjectionInstance.start(generation)) {
            loseTheLatestBatches();
            log.append(500);
            awaitFold();
        }
    }

    @Test
    void committedBatchesThatPostgresqlHasLostAreWrittenAgainIfNoneComes() {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", SERVERS.getBootstrapServers()));
                ProjectionInstance instance = ProjectionInstance.start(generation);
                ProgressWatch watch = instance.watch(admin)) {
            loseTheLatestBatches();
            awaitFold();
        }
    }

    @Test
    void brokerRestarted() {
        try (ProjectionInstance instance = ProjectionInstance.start(generation)) {
            log.append(2_000);
            SERVERS.stopBroker();
            SERVERS.startBroker();
            log.append(2_000);
            awaitFold();
        }
    }

    @Test
    void anInstanceStopsWhileTheBrokerIsAway() {
        // Its offsets are not committed yet when it is told to stop.
        ProjectionInstance instance = ProjectionInstance.start(generation, Duration.ofMinutes(5));
        log.append(500);
        await().atMost(PATIENCE).until(() -> position() == log.events());
        SERVERS.stopBroker();
        try {
            assertThat(instance.stop()).isTrue();
        } finally {
            SERVERS.startBroker();
        }
    }

    @Test
    void serializationFailuresAreRetried() {
        failEveryOtherInsert("40001");
        try (ProjectionInstance instance = ProjectionInstance.start(generation)) {
            log.append(2_000);
            awaitFold();
        }
    }

    /**
     * PostgreSQL ends the one whose {@code deadlock_timeout} is over first after the circle has closed. The test waits for
     * the batch's position before the batch can wait for the test's row, so it is the batch that closes it.
     */
    @Test
    void aBatchThatPostgresqlPicksToEndADeadlockIsRetried() throws Exception {
        try (ProjectionInstance instance = ProjectionInstance.start(generation);
                OpenTransaction other = generation.transaction();
                OpenTransaction gate = generation.transaction()) {
            log.update(1);
            awaitFold();
            long deadlocks = deadlocks();
            other.run("SET deadlock_timeout = '1min'; SELECT FROM %s.order_view FOR UPDATE");
            gate.run("LOCK TABLE %s.order_view IN SHARE MODE");
            log.update(1);
            awaitWaiting(1);
            CompletableFuture<Void> position = other.start("SELECT FROM %s.projection_position FOR UPDATE");
            awaitWaiting(2);

            gate.rollback();

            position.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            other.rollback();
            awaitFold();
            await("Statistics").atMost(PATIENCE).until(() -> deadlocks() > deadlocks);
        }
    }

    @Test
    void instancesJoiningAndLeavingUnderLoad() {
        try (ProjectionInstance first = ProjectionInstance.start(generation)) {
            for (int i = 0; i < 5; i++) {
                log.append(1_000);
                try (ProjectionInstance second = ProjectionInstance.start(generation)) {
                    log.append(1_000);
                    long position = position();
                    await().atMost(PATIENCE).until(() -> position() > position);
                }
            }
            awaitFold();
        }
    }

    @Test
    void aMissingTableIsWaitedForAndThenAllIsWell() {
        generation.query("ALTER TABLE %s.dead_letter RENAME TO away");
        try (ProjectionInstance instance = ProjectionInstance.start(generation)) {
            log.append(2_000);
            generation.query("ALTER TABLE %s.away RENAME TO dead_letter");
            awaitFold();
        }
    }

    /** As when a standby that was behind takes the place of a server that has died. */
    private void loseTheLatestBatches() {
        List<String> tables = List.of("projection_position", "order_view", "tombstone", "dead_letter");
        log.append(500);
        awaitFold();
        tables.forEach(table -> generation.query("CREATE TABLE %s.standby_{t} AS TABLE %s.{t}".replace("{t}", table)));
        log.append(500);
        awaitFold();
        generation.query(tables.stream()
                .map(table -> "DELETE FROM %s.{t}; INSERT INTO %s.{t} TABLE %s.standby_{t}".replace("{t}", table))
                .collect(Collectors.joining(";", "BEGIN;", ";COMMIT")));
    }

    private void failEveryOtherInsert(String sqlState) {
        generation.query("CREATE SEQUENCE %s.attempts");
        generation.query(
                """
                CREATE FUNCTION %s.fail() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF nextval(TG_TABLE_SCHEMA || '.attempts') % 2 = 1 THEN
                        RAISE EXCEPTION 'made to fail' USING ERRCODE = '$STATE';
                    END IF;
                    RETURN NULL;
                END $$
                """
                        .replace("$STATE", sqlState));
        generation.query("CREATE TRIGGER fail AFTER INSERT ON %s.order_view EXECUTE FUNCTION %s.fail()");
    }

    private void awaitWaiting(int transactions) {
        await("Waiting transactions")
                .atMost(PATIENCE)
                .until(() ->
                        generation.tables.count("SELECT count(*) FROM pg_locks WHERE NOT granted") == transactions);
    }

    private long deadlocks() {
        return generation.tables.count("SELECT sum(deadlocks)::bigint FROM pg_stat_database");
    }

    private long position() {
        return generation.tables.position();
    }

    private void awaitFold() {
        log.awaitFoldIn(generation.tables);
    }
}
