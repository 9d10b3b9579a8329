package io.streamviews.relay;

import static io.restassured.RestAssured.given;
import static io.restassured.RestAssured.when;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import io.streamviews.EmbeddedServersResource;
import io.streamviews.Roles;
import io.streamviews.dev.EmbeddedServersMXBean;
import io.streamviews.eventlog.TracesTest;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Readiness is DOWN, and says why, while events wait and none is published, also where another process publishes. */
@QuarkusTest
@TestProfile(RelayReadinessTest.SoonStuck.class)
@QuarkusTestResource(EmbeddedServersResource.class)
public class RelayReadinessTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final EmbeddedServersMXBean SERVERS = EmbeddedServersResource.servers();
    private static final String END_RELAYS =
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE application_name = 'streamviews relay' AND datname = current_database()
            """;

    private Connection connection;

    @BeforeEach
    void connect() throws SQLException {
        // Relays are of one role: else none could end another one's session.
        connection = Roles.connect("materialized_view_db", Roles.RUNTIME);
        await().atMost(PATIENCE)
                .until(() ->
                        relay("status").equals("UP") && relay("data.active").equals("true"));
    }

    @AfterEach
    void closeAndRecover() throws SQLException {
        connection.close();
        await().atMost(PATIENCE).until(() -> relay("status").equals("UP") && relay("data.trouble") == null);
    }

    @Test
    void namesABrokerThatIsAway() {
        SERVERS.stopBroker();
        try {
            createUser();
            awaitDown("Kafka does not take events");

            // whoever asks for what only Kafka knows is told so, too
            given().contentType("application/json")
                    .body("{\"topic\":\"user-events\",\"from\":\"earliest\"}")
                    .post("/api/admin/replays")
                    .then()
                    .statusCode(503)
                    .contentType("application/problem+json")
                    .header("Retry-After", "1")
                    .body("detail", equalTo("Kafka cannot be reached"));
        } finally {
            SERVERS.startBroker();
        }
    }

    @Test
    void namesWhoHasWrittenEventsAndDoesNotEnd() throws SQLException {
        connection.setAutoCommit(false);
        execute("SET application_name = 'forgotten'");
        execute(
                """
                INSERT INTO event_log (aggregate_type, aggregate_id, version, event_type, message_key, payload)
                VALUES ('user', 4611686018427387904, 1, 'USER_CREATED', '4611686018427387904', '{}')
                """);
        createUser();

        awaitDown("(forgotten) has written events and does not end its transaction");
        assertThat(waitingSeconds()).isGreaterThan(1);
        connection.rollback();

        await().atMost(PATIENCE).until(() -> waitingSeconds() == 0);
    }

    @Test
    void namesWhatKeepsTheRelayOfAnotherProcess() throws SQLException {
        takeTheLock();
        createUser();

        await().atMost(PATIENCE).until(() -> {
            execute("UPDATE relay_cursor SET beat_at = now(), trouble = 'its broker is away'");
            return relay("status").equals("DOWN");
        });
        assertThat(relay("data.trouble")).contains("its broker is away");
        assertThat(relay("data.active")).isEqualTo("false");
    }

    @Test
    void namesARelayThatIsNotHeardOfUntilItIsReplaced() throws SQLException {
        takeTheLock();
        createUser();

        awaitDown("has not been heard of");
        await().atMost(PATIENCE).until(() -> relay("data.active").equals("true"));
    }

    private void takeTheLock() throws SQLException {
        do {
            execute(END_RELAYS);
        } while (!tryLock());
        execute("UPDATE relay_cursor SET holder = 'another', beat_at = now()");
    }

    private boolean tryLock() throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_try_advisory_lock(7239378213489)")) {
            row.next();
            return row.getBoolean(1);
        }
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static void awaitDown(String reason) {
        await().atMost(PATIENCE)
                .until(() ->
                        relay("status").equals("DOWN") && relay("data.trouble").contains(reason));
    }

    private static String relay(String path) {
        return when().get("/q/health/ready").jsonPath().getString("checks.find { it.name == 'relay' }." + path);
    }

    private static double waitingSeconds() {
        return Double.parseDouble(when().get("/q/metrics")
                .asString()
                .lines()
                .filter(line -> line.startsWith("streamviews_relay_waiting_seconds "))
                .findFirst()
                .orElseThrow()
                .split(" ")[1]);
    }

    private static void createUser() {
        given().contentType(ContentType.JSON)
                .body("{\"name\":\"n\",\"email\":\"e@example.com\"}")
                .post("/api/users")
                .then()
                .statusCode(201);
    }

    /** The relay, and the projection. */
    public static class SoonStuck implements QuarkusTestProfile {

        @Override
        public Map<String, String> getConfigOverrides() {
            Map<String, String> settings = new HashMap<>(TracesTest.ON);
            settings.putAll(Map.of(
                    "streamviews.relay.stuck-after", "2s",
                    "streamviews.relay.frozen-after", "6s",
                    "streamviews.relay.heartbeat", "400ms",
                    "mp.messaging.outgoing.events.max.block.ms", "1000",
                    "mp.messaging.outgoing.events.delivery.timeout.ms", "3000",
                    "mp.messaging.outgoing.events.request.timeout.ms", "2000",
                    "streamviews.relay.patience", "500ms",
                    "streamviews.relay.standby-interval", "100ms",
                    "streamviews.relay.max-back-off", "500ms"));
            settings.putAll(Map.of(
                    "streamviews.projection.stuck-after", "2s",
                    "streamviews.projection.progress-interval", "100ms",
                    "streamviews.projection.retry-max-pause", "200ms"));
            return settings;
        }
    }
}
