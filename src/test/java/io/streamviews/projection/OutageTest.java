package io.streamviews.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.streamviews.EmbeddedServersResource;
import io.streamviews.dev.EmbeddedServersMXBean;
import io.streamviews.projection.generation.Generation;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.logging.Level;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** While PostgreSQL does not write, the projection stays up, says so once, and then goes on by itself. */
class OutageTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Longer than any time-out in {@link #SETTINGS}. */
    private static final Duration LONG = Duration.ofSeconds(4);

    private static final int BATCH = 50;
    private static final Map<String, String> SETTINGS = Map.of(
            "streamviews.projection.batch-max-rows", String.valueOf(BATCH),
            "streamviews.projection.write-timeout", "400ms",
            "streamviews.projection.retry-max-pause", "100ms",
            "main.consumer.max.poll.records", String.valueOf(BATCH),
            "main.consumer.max.poll.interval.ms", "1500",
            "main.consumer.heartbeat.interval.ms", "300");

    private static final EmbeddedServersMXBean SERVERS = EmbeddedServersResource.servers();

    private Generation generation;
    private RowLog log;
    private LogLines lines;

    @BeforeEach
    void createTopics() {
        generation = new Generation();
        generation.createTopics();
        log = new RowLog(SERVERS.getBootstrapServers(), new OrderRecords(generation.orders(), 0), 300);
        lines = LogLines.listen();
    }

    @AfterEach
    void close() {
        lines.close();
        log.close();
        generation.close();
    }

    @Test
    void aLongOutageIsWaitedOutInPlaceAndWithoutReadingOn() {
        try (ProjectionInstance instance = start()) {
            log.append(1_000);
            awaitFold();
            Set<String> threads = instance.threads();
            SERVERS.stopDatabase();
            try {
                log.append(5_000);
                await().atMost(PATIENCE).until(() -> instance.trouble().isPresent());
                await().atMost(PATIENCE).during(LONG).until(() -> instance.threads()
                        .equals(threads));
                // Of each partition: a batch that is tried, a full one behind it, and what was polled meanwhile.
                assertThat(committed()).isLessThanOrEqualTo(1_000 + 3 * 3 * BATCH);
            } finally {
                SERVERS.startDatabase();
            }
            awaitFold();
            assertThat(instance.threads()).isEqualTo(threads);
            assertToldOnce();
        }
    }

    @Test
    void partitionsAreTakenOverWhenPostgresqlIsBack() {
        log.append(1_000);
        SERVERS.stopDatabase();
        boolean stopped = true;
        try (ProjectionInstance instance = start()) {
            await().atMost(PATIENCE).until(() -> instance.trouble().isPresent());
            Set<String> threads = instance.threads();
            await().atMost(PATIENCE).during(LONG).until(() -> instance.threads().equals(threads));
            SERVERS.startDatabase();
            stopped = false;
            awaitFold();
            assertThat(instance.threads()).isEqualTo(threads);
            assertToldOnce();
        } finally {
            if (stopped) {
                SERVERS.startDatabase();
            }
        }
    }

    @Test
    void instancesJoinAndLeaveDuringAnOutage() {
        try (ProjectionInstance staying = start()) {
            log.append(1_000);
            awaitFold();
            SERVERS.stopDatabase();
            try {
                log.append(2_000);
                await().atMost(PATIENCE).until(() -> staying.trouble().isPresent());
                try (ProjectionInstance passing = start()) {
                    await().atMost(PATIENCE).until(() -> passing.trouble().isPresent());
                }
            } finally {
                SERVERS.startDatabase();
            }
            awaitFold();
            assertThat(lines.stackTraces()).isEmpty();
        }
    }

    @Test
    void aLockHeldForLongIsToldAndWaitedOut() throws SQLException {
        try (ProjectionInstance instance = start()) {
            // what a thread gives away when the other one joins takes its trouble with it
            log.append(500);
            awaitFold();
            try (OpenTransaction holder = lockOrders()) {
                log.append(500);
                await().atMost(PATIENCE)
                        .until(() -> instance.trouble().isPresent()
                                && instance.trouble().get().reason().contains("lock timeout"));
                assertThat(instance.trouble().get().reason()).contains("streamviews.projection.write-timeout");
                holder.rollback();
                awaitFold();
                assertToldOnce();
            }
        }
    }

    @Test
    void aBackendThatHangsIsLeftToItself() throws Exception {
        Map<String, String> patient = new HashMap<>(SETTINGS);
        // A wait for the lock must last until somebody looks.
        patient.put("streamviews.projection.write-timeout", "3s");
        Set<Integer> stopped = new HashSet<>();
        try (ProjectionInstance instance = ProjectionInstance.start(generation, generation.pool, patient);
                OpenTransaction holder = lockOrders()) {
            log.append(500);
            try {
                // One whose wait has ended before it was stopped has a successor.
                await().atMost(PATIENCE).until(() -> {
                    List<Integer> waiting = backendsThatWait();
                    signal("STOP", waiting);
                    stopped.addAll(waiting);
                    return instance.trouble()
                            .filter(it -> it.reason().contains("has not answered"))
                            .isPresent();
                });
                holder.rollback();
            } finally {
                signal("CONT", stopped);
            }
            awaitFold();
        }
    }

    @Test
    void connectionsLostInADeadNetworkAreReplaced() throws Exception {
        try (DeadNetwork network = new DeadNetwork(SERVERS.getDatabasePort())) {
            Pool pool = generation.pool(network.port());
            try (ProjectionInstance instance = ProjectionInstance.start(generation, pool, SETTINGS)) {
                log.append(1_000);
                awaitFold();
                Set<String> threads = instance.threads();
                try (OpenTransaction holder = lockOrders()) {
                    log.append(1_000);
                    await().atMost(PATIENCE).until(() -> !backendsThatWait().isEmpty());
                    network.die();
                    // PostgreSQL goes on with what it was told, and waits for its COMMIT with locks in its hands.
                    holder.rollback();
                }
                await().atMost(PATIENCE).until(() -> instance.trouble().isPresent());
                await().atMost(PATIENCE).during(LONG).until(() -> instance.threads()
                        .equals(threads));
                network.revive();
                awaitFold();
                // each partition may get a connection of before, when all was well again
                assertTold(3);
            } finally {
                pool.closeAndAwait();
            }
        }
    }

    @Test
    void aMissingTableIsAnErrorToldOnce() {
        try (ProjectionInstance instance = start()) {
            log.append(500);
            awaitFold();
            generation.query("ALTER TABLE %s.order_view RENAME TO away");
            log.append(500);
            await().atMost(PATIENCE)
                    .until(() ->
                            instance.trouble().filter(WriteFailure::lasting).isPresent());
            assertThat(instance.trouble().get().reason())
                    .contains("order_view\" does not exist (42P01)")
                    .contains("restore what the view files have made");
            await().atMost(PATIENCE)
                    .during(Duration.ofSeconds(1))
                    .until(() -> lines.at(Level.SEVERE).size() == 1);
            generation.query("ALTER TABLE %s.away RENAME TO order_view");
            awaitFold();
            assertThat(instance.trouble()).isEmpty();
        }
    }

    private ProjectionInstance start() {
        return ProjectionInstance.start(generation, generation.pool, SETTINGS);
    }

    private OpenTransaction lockOrders() throws SQLException {
        OpenTransaction holder = generation.transaction();
        holder.run("LOCK TABLE %s.order_view");
        return holder;
    }

    private List<Integer> backendsThatWait() {
        return generation
                .query("SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%%s.%'")
                .stream()
                .map((Row row) -> row.getInteger(0))
                .toList();
    }

    private static void signal(String signal, Collection<Integer> processes) throws IOException, InterruptedException {
        for (int process : processes) {
            new ProcessBuilder("kill", "-" + signal, String.valueOf(process))
                    .start()
                    .waitFor();
        }
    }

    /** Events of which Kafka Streams has told Kafka that they were read. */
    private long committed() {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", SERVERS.getBootstrapServers()))) {
            return admin
                    .listConsumerGroupOffsets(generation.schema)
                    .partitionsToOffsetAndMetadata()
                    .toCompletionStage()
                    .toCompletableFuture()
                    .join()
                    .values()
                    .stream()
                    .mapToLong(offset -> offset == null ? 0 : offset.offset())
                    .sum();
        }
    }

    private void assertToldOnce() {
        assertTold(1);
    }

    /** When it began and when it was over, and not each attempt. */
    private void assertTold(int atMost) {
        assertThat(lines.at(Level.WARNING)).hasSizeBetween(1, atMost).allSatisfy(line -> assertThat(line)
                .startsWith("The views cannot be written (partition "));
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(lines.at(Level.INFO))
                .hasSameSizeAs(lines.at(Level.WARNING))
                .containsOnly("The views are written again"));
        assertThat(lines.stackTraces()).isEmpty();
    }

    private void awaitFold() {
        log.awaitFoldIn(generation.tables);
    }
}
