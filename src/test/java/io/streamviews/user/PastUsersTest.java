package io.streamviews.user;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import io.streamviews.EmbeddedServersResource;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A user who was created, changed and deleted, as it was at any time. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class PastUsersTest {

    private int id;
    private Instant created;
    private Instant changed;

    @BeforeEach
    void live() {
        Response user = given().contentType(ContentType.JSON)
                .body(Map.of("name", "Before", "email", "a@example.com"))
                .post("/api/users");
        id = user.path("id");
        created = Instant.parse(user.path("createdAt"));
        changed = Instant.parse(given().contentType(ContentType.JSON)
                .body(Map.of("name", "After", "email", "a@example.com"))
                .put("/api/users/{id}", id)
                .path("updatedAt"));
        given().delete("/api/users/{id}", id).then().statusCode(204);
    }

    @Test
    void everyVersionIsToldAsItWas() {
        in("version", 1).statusCode(200).header("ETag", "\"1\"").body("name", equalTo("Before"));
        in("version", 2).statusCode(200).header("ETag", "\"2\"").body("name", equalTo("After"));
        problem(in("version", 3), "was deleted at");
        problem(in("version", 4), "has no version 4");
        given().queryParam("version", 2)
                .header("If-None-Match", "\"2\"")
                .get("/api/users/{id}", id)
                .then()
                .statusCode(304);
    }

    @Test
    void atAnInstantTheLastEventBeforeItCounts() {
        in("at", created).statusCode(200).header("ETag", "\"1\"").body("name", equalTo("Before"));
        in("at", changed.minusNanos(1_000)).statusCode(200).body("name", equalTo("Before"));
        in("at", changed).statusCode(200).header("ETag", "\"2\"").body("name", equalTo("After"));
        problem(in("at", created.minusNanos(1_000)), "did not exist yet at");
        problem(in("at", "9999-01-01T00:00:00Z"), "was deleted at");
    }

    @Test
    void aLocalTimeIsUtcAndOffsetsAreUnderstood() {
        in("at", changed.atOffset(ZoneOffset.UTC).toLocalDateTime()).body("version", equalTo(2));
        in("at", changed.atOffset(ZoneOffset.ofHours(9))).body("version", equalTo(2));
        given().urlEncodingEnabled(false)
                .get("/api/users/" + id + "?at=" + changed.atOffset(ZoneOffset.ofHours(9)))
                .then()
                .body("version", equalTo(2));
    }

    @ParameterizedTest
    @CsvSource({"version,0", "version,-1", "version,two", "at,yesterday", "at,2026-13-01T00:00:00Z"})
    void whatIsNoMomentIsRefused(String parameter, String value) {
        in(parameter, value).statusCode(400).body("violations[0].field", equalTo(parameter));
    }

    @Test
    void bothAtOnceAreRefused() {
        given().queryParam("version", 1)
                .queryParam("at", created.toString())
                .get("/api/users/{id}", id)
                .then()
                .statusCode(400);
    }

    @Test
    void whoNeverWasIsUnknown() {
        given().queryParam("version", 1)
                .get("/api/users/999999999")
                .then()
                .statusCode(404)
                .body("detail", containsString("does not exist"));
        given().queryParam("at", created.toString())
                .get("/api/users/999999999")
                .then()
                .statusCode(404)
                .body("detail", containsString("does not exist"));
    }

    private ValidatableResponse in(String parameter, Object value) {
        return given().queryParam(parameter, value.toString())
                .get("/api/users/{id}", id)
                .then();
    }

    private static void problem(ValidatableResponse answer, String detail) {
        answer.statusCode(404)
                .contentType(endsWith("/problem+json"))
                .body("detail", allOf(containsString("User "), containsString(detail)));
    }
}
