package io.streamviews.ops;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.path.json.JsonPath;
import io.streamviews.EmbeddedServersResource;
import io.streamviews.relay.RelayReadinessTest;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Readiness is DOWN, and says why, when the views cannot be written. */
@QuarkusTest
@TestProfile(RelayReadinessTest.SoonStuck.class)
@QuarkusTestResource(EmbeddedServersResource.class)
class ReadinessTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Inject
    Pool pool;

    @Test
    void namesAMissingTable() {
        awaitReady();
        execute("ALTER TABLE views.user_view RENAME TO away");
        try {
            createUser("missing@example.com");
            await().atMost(PATIENCE).until(() -> !isReady());
            assertThat(data("lastError"))
                    .contains("relation \"views.user_view\" does not exist (42P01)")
                    .contains("restore what the view files have made");
            assertThat(data("trouble")).startsWith("The views cannot be written since ");
        } finally {
            execute("ALTER TABLE views.away RENAME TO user_view");
        }
        awaitReady();
        assertThat(data("lastError")).isNull();
    }

    @Test
    void namesAnOutageEvenIfThereIsNothingToWrite() {
        awaitReady();
        EmbeddedServersResource.servers().stopDatabase();
        try {
            await().atMost(PATIENCE).until(() -> !isReady());
            assertThat(data("lastError")).contains("Connection refused");
        } finally {
            EmbeddedServersResource.servers().startDatabase();
        }
        awaitReady();
    }

    private void awaitReady() {
        await().atMost(PATIENCE).until(ReadinessTest::isReady);
    }

    private static boolean isReady() {
        return "UP".equals(projection("status"));
    }

    private static String data(String name) {
        return projection("data." + name);
    }

    private static String projection(String path) {
        JsonPath health = given().get("/q/health/ready").jsonPath();
        return health.getString("checks.find { it.name == 'projection' }." + path);
    }

    private static void createUser(String email) {
        given().contentType("application/json")
                .body("{\"name\":\"n\",\"email\":\"%s\",\"department\":\"d\",\"status\":\"ACTIVE\"}".formatted(email))
                .post("/api/users")
                .then()
                .statusCode(201);
    }

    private void execute(String sql) {
        pool.query(sql).executeAndAwait();
    }
}
