package io.streamviews.access;

import static io.restassured.RestAssured.given;
import static io.streamviews.access.AccessTest.token;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.streamviews.EmbeddedServersResource;
import org.junit.jupiter.api.Test;

/** What strangers are told: whether all is well, and nothing of why not. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
@TestProfile(AccessTest.WithTokens.class)
class HealthAccessTest {

    /** The framework answers every method alike. */
    @Test
    void healthIsForEverybodyByGetAlone() {
        for (String path : new String[] {"/q/health", "/q/health/live", "/q/health/ready", "/q/health/started"}) {
            for (String method : new String[] {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "FOO"}) {
                Response answer = given().request(method, path);
                assertThat(answer.statusCode()).as(method + " " + path).isEqualTo(401);
                assertThat(answer.asString()).as(method + " " + path).doesNotContain("data", "checks");
                assertThat(given().header("Authorization", "Bearer " + token("rita"))
                                .request(method, path)
                                .statusCode())
                        .as(method + " " + path + " by a reader")
                        .isEqualTo(403);
            }
        }
    }

    @Test
    void whatTheHealthChecksFoundIsForOperators() {
        JsonPath strangers = given().get("/q/health/ready").jsonPath();
        JsonPath operators = given().header("Authorization", "Bearer " + token("otto"))
                .get("/q/health/ready")
                .jsonPath();

        assertThat(strangers.getList("checks.name"))
                .containsExactlyInAnyOrderElementsOf(operators.getList("checks.name"));
        assertThat(strangers.getList("checks.data")).containsOnlyNulls();
        assertThat(operators.getString("checks.find { it.name == 'projection' }.data.lag"))
                .isNotNull();
    }

    @Test
    void aTokenThatNobodyKnowsIsNobody() {
        given().header("Authorization", "Bearer rubbish")
                .get("/api/posts")
                .then()
                .statusCode(401)
                .header("WWW-Authenticate", "Bearer")
                .contentType("application/problem+json");
    }
}
