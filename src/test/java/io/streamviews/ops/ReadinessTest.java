package io.streamviews.ops;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.path.json.JsonPath;
import io.streamviews.EmbeddedServersResource;
import io.streamviews.projection.generation.LiveStreams;
import io.streamviews.relay.RelayReadinessTest;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.streams.KafkaStreams.State;
import org.junit.jupiter.api.Test;

/** Readiness is DOWN, and says why, when the views cannot be written. */
@QuarkusTest
@TestProfile(RelayReadinessTest.SoonStuck.class)
@QuarkusTestResource(EmbeddedServersResource.class)
class ReadinessTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Inject
    Pool pool;

    @Inject
    LiveStreams streams;

    @Test
    void namesAMissingColumn() {
        awaitReady();
        execute("ALTER TABLE views.user_view RENAME COLUMN name TO away");
        try {
            createUser();
            await().atMost(PATIENCE).untilAsserted(() -> {
                JsonPath health = projection();
                assertThat(health.getString("status")).isEqualTo("DOWN");
                assertThat(health.getString("data.trouble")).startsWith("The views cannot be written since ");
                assertThat(health.getString("data.lastError"))
                        .contains("column \"name\" of relation \"user_view\" does not exist (42703)")
                        .contains("restore what the view files have made");
            });
        } finally {
            execute("ALTER TABLE views.user_view RENAME COLUMN away TO name");
        }
        awaitReady();
        assertThat(projection().getString("data.lastError")).isNull();
    }

    /** Others go on, and what it takes to start Kafka Streams anew without it is no trouble of the process. */
    @Test
    void namesAMissingTableThatWaitsAlone() {
        awaitReady();
        Set<State> seen = ConcurrentHashMap.newKeySet();
        execute("ALTER TABLE views.user_view RENAME TO away");
        try {
            await().atMost(PATIENCE).pollInterval(Duration.ofMillis(1)).until(() -> {
                State state = streams.state();
                seen.add(state);
                return seen.contains(State.REBALANCING) && state == State.RUNNING;
            });
            assertThat(seen).containsExactlyInAnyOrder(State.RUNNING, State.REBALANCING);
            await().atMost(PATIENCE).untilAsserted(() -> {
                JsonPath health = projection();
                assertThat(health.getString("status")).isEqualTo("UP");
                assertThat(health.getString("data.waiting"))
                        .contains("source of user_view: there is no table user_view");
            });
        } finally {
            execute("ALTER TABLE views.away RENAME TO user_view");
        }
        String email = createUser();
        await().atMost(PATIENCE)
                .until(() -> pool.query("SELECT FROM views.user_view WHERE email = '%s'".formatted(email))
                                .executeAndAwait()
                                .size()
                        == 1);
        awaitReady();
        assertThat(streams.waiting()).isEmpty();
    }

    @Test
    void namesAnOutageEvenIfThereIsNothingToWrite() {
        awaitReady();
        EmbeddedServersResource.servers().stopDatabase();
        try {
            await().atMost(PATIENCE).untilAsserted(() -> {
                JsonPath health = projection();
                assertThat(health.getString("status")).isEqualTo("DOWN");
                assertThat(health.getString("data.lastError")).contains("Connection refused");
            });
        } finally {
            EmbeddedServersResource.servers().startDatabase();
        }
        awaitReady();
    }

    private void awaitReady() {
        await().atMost(PATIENCE).until(() -> isReady() && streams.state() == State.RUNNING);
    }

    private static boolean isReady() {
        return "UP".equals(projection().getString("status"));
    }

    private static JsonPath projection() {
        JsonPath health = given().get("/q/health/ready").jsonPath();
        return health.setRootPath("checks.find { it.name == 'projection' }");
    }

    private static String createUser() {
        String email = UUID.randomUUID() + "@example.com";
        given().contentType("application/json")
                .body("{\"name\":\"n\",\"email\":\"%s\",\"department\":\"d\",\"status\":\"ACTIVE\"}".formatted(email))
                .post("/api/users")
                .then()
                .statusCode(201);
        return email;
    }

    private void execute(String sql) {
        pool.query(sql).executeAndAwait();
    }
}
