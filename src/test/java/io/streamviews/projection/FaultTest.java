package io.streamviews.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.streamviews.EmbeddedServersResource;
import io.streamviews.dev.EmbeddedServersMXBean;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whatever breaks, the views end up as the fold of the log: every row, every sum, every dead letter once. */
class FaultTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final EmbeddedServersMXBean SERVERS = EmbeddedServersResource.servers();

    private Generation generation;
    private UserLog log;

    @BeforeEach
    void createTopics() {
        generation = new Generation();
        generation.createTopics();
        log = new UserLog(SERVERS.getBootstrapServers(), generation.topics.userEvents(), 300);
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
                generation.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity" + " WHERE query LIKE '%"
                        + generation.schema + "%' AND pid <> pg_backend_pid()");
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

    @Test
    void deadlocksAreRetried() {
        failEveryOtherInsert("40P01");
        try (ProjectionInstance instance = ProjectionInstance.start(generation)) {
            log.append(2_000);
            awaitFold();
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
        generation.query("CREATE TRIGGER fail AFTER INSERT ON %s.user_view EXECUTE FUNCTION %s.fail()");
    }

    private long position() {
        return (Long) generation.value("SELECT coalesce(sum(next_offset), 0)::bigint FROM %s.projection_position");
    }

    private void awaitFold() {
        await().atMost(PATIENCE).ignoreExceptions().until(() -> position() == log.events());
        Map<Long, String> view = new TreeMap<>();
        generation
                .query("SELECT user_id, department FROM %s.user_view")
                .forEach(row -> view.put(row.getLong(0), row.getString(1)));
        assertThat(view).isEqualTo(log.fold());
        assertThat(generation.derivedViewErrors()).isZero();
        assertThat(generation.value("SELECT count(*) FROM %s.dead_letter")).isEqualTo(log.deadLetters());
    }
}
