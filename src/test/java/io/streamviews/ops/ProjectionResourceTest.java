package io.streamviews.ops;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.streamviews.EmbeddedServersResource;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Where the projection stands, and the switch that has it wait. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class ProjectionResourceTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Inject
    Pool pool;

    @AfterEach
    void resume() {
        given().post("/api/admin/projection/resume").then().statusCode(200);
    }

    @Test
    void tellsWhereEachPartitionStands() {
        awaitUser(createUser());

        await().atMost(PATIENCE).untilAsserted(() -> given().get("/api/admin/projection")
                .then()
                .statusCode(200)
                .body("state", equalTo("CURRENT"))
                .body("lagEvents", equalTo(0))
                .body("partitions", hasSize(12))
                .body("partitions.lagEvents.sum()", equalTo(0))
                .body("partitions.findAll { it.topic == 'user-events' }.position.sum()", equalTo(ends())));
    }

    @Test
    void aPauseHoldsUntilItIsResumedAndIsNoTroubleForHealth() {
        awaitUser(createUser());
        given().post("/api/admin/projection/pause").then().statusCode(200).body("state", equalTo("PAUSED"));
        await().atMost(PATIENCE).until(() -> health("data.paused").equals("true"));
        long user = createUser();

        await().atMost(PATIENCE)
                .until(() -> given().get("/api/admin/projection").jsonPath().getLong("lagEvents") > 0);

        assertThat(health("status")).isEqualTo("UP");
        given().get("/api/posts/users/{id}", user).then().statusCode(404);
        assertThat(given().get("/api/admin/projection").jsonPath().getDouble("lagSeconds"))
                .isPositive();
        given().post("/api/admin/projection/resume").then().statusCode(200);
        awaitUser(user);
    }

    @Test
    void itIsNotSaidToBeCurrentWhileNobodyHasLookedHowFarThereIsToGo() {
        pool.query("INSERT INTO views.projection_position (topic, partition, next_offset, epoch, owner)"
                        + " VALUES ('not-looked-at', 0, 0, 1, 'test')")
                .executeAndAwait();
        try {
            given().get("/api/admin/projection").then().statusCode(200).body("state", equalTo("BEHIND"));
        } finally {
            pool.query("DELETE FROM views.projection_position WHERE topic = 'not-looked-at'")
                    .executeAndAwait();
        }
    }

    @Test
    void aDerivedViewThatHasFailedIsToldOfAndFollowsAgainOnRequest() {
        pool.query("UPDATE views.derived_view SET suspended_at = now(), error = 'division by zero'"
                        + " WHERE name = 'email_domains'")
                .executeAndAwait();
        String token = create().header("Consistency-Token");

        given().get("/api/admin/projection").then().body("suspended.view", contains("email_domains"));
        given().get("/api/views")
                .then()
                .body("find { it.name == 'email_domains' }.suspendedSince", notNullValue())
                .body("find { it.name == 'department_stats' }.suspendedSince", nullValue());
        await().atMost(PATIENCE).until(() -> health("data.suspended").startsWith("email_domains since 20"));
        assertThat(health("status")).isEqualTo("UP");
        given().get("/api/views/email_domains").then().statusCode(200);
        given().header("Consistency-Token", token)
                .get("/api/views/email_domains")
                .then()
                .statusCode(503)
                .body("type", equalTo("/problems/view-suspended"));

        given().post("/api/admin/projection/views/email_domains/resume")
                .then()
                .statusCode(200)
                .body("suspended", hasSize(0));
        given().header("Consistency-Token", token)
                .get("/api/views/email_domains")
                .then()
                .statusCode(200);
        given().post("/api/admin/projection/views/email_domains/resume").then().statusCode(409);
        given().post("/api/admin/projection/views/user_view/resume").then().statusCode(404);
    }

    @Test
    void whatIsReadOfAViewThatHasFailedByWayOfOthersIsNotReadWithATokenEither() {
        pool.query("CREATE VIEW views.domain_names AS SELECT k.* FROM views.email_domains_kept AS k")
                .executeAndAwait();
        suspend("email_domains");
        suspend("user_activity_idle");
        try {
            String token = create().header("Consistency-Token");

            assertThat(answer("/api/views/domain_names", token)).isEqualTo(503);
            assertThat(answer("/api/views/user-activity?sort=posts", token)).isEqualTo(503);
            assertThat(answer("/api/posts/by-department/status", token)).isEqualTo(200);
            assertThat(answer("/api/views/department_stats", token)).isEqualTo(200);
            assertThat(answer("/api/views/user-activity/1", token)).isIn(200, 404);
            given().get("/api/views/domain_names").then().statusCode(200);

            suspend("user_activity");
            assertThat(answer("/api/posts/by-department/status", token)).isEqualTo(503);
            assertThat(answer("/api/views/post-statistics/totals", token)).isEqualTo(503);
            assertThat(answer("/api/views/post-statistics", token)).isEqualTo(200);
        } finally {
            for (String view : List.of("email_domains", "user_activity", "user_activity_idle")) {
                given().post("/api/admin/projection/views/{view}/resume", view);
            }
            pool.query("DROP VIEW views.domain_names").executeAndAwait();
        }
        given().get("/api/admin/projection").then().body("suspended", hasSize(0));
    }

    private void suspend(String view) {
        pool.preparedQuery("UPDATE views.derived_view SET suspended_at = now(), error = 'x' WHERE name = $1")
                .executeAndAwait(Tuple.of(view));
    }

    private static int answer(String path, String token) {
        return given().header("Consistency-Token", token).get(path).statusCode();
    }

    private static int ends() {
        return given().get("/api/admin/projection")
                .jsonPath()
                .getInt("partitions.findAll { it.topic == 'user-events' }.endOffset.sum()");
    }

    private static String health(String path) {
        return given().get("/q/health/ready").jsonPath().getString("checks.find { it.name == 'projection' }." + path)
                + "";
    }

    private static long createUser() {
        return create().jsonPath().getLong("id");
    }

    private static Response create() {
        return given().contentType(ContentType.JSON)
                .body(Map.of("name", "n", "email", "someone@example.com", "department", "status"))
                .post("/api/users")
                .then()
                .statusCode(201)
                .extract()
                .response();
    }

    private static void awaitUser(long id) {
        await().atMost(PATIENCE)
                .until(() -> given().get("/api/posts/users/{id}", id).statusCode() == 200);
    }
}
