package io.streamviews.user;

import static io.restassured.RestAssured.given;
import static io.restassured.RestAssured.when;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import io.streamviews.EmbeddedServersResource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every request that is refused gets a problem document that says why. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class UserRefusalTest {

    private static final String USER =
            """
            {"name":"홍길동","email":"hong@example.com","department":"개발팀","status":"ACTIVE"}""";

    @ParameterizedTest
    @CsvSource({"limit,0", "limit,1001", "limit,many", "limit,5.5", "after,now", "after,9223372036854775808"})
    void aPageThatCannotBeIsRefused(String parameter, String value) {
        problem(given().queryParam(parameter, value).get("/api/users"), 400)
                .body("violations.field", contains(parameter));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"2\"", "W/\"1\"", "\"\"", "\"01\"", "\"7\", ,W/\"1\" ,", "\"1,\""})
    void aCommandForAnotherVersionIsRefused(String ifMatch) {
        int id = post(USER).path("id");

        problem(put(id, USER.replace("홍", "김"), ifMatch), 412).body("detail", containsString("found \"1\""));
        problem(given().header("If-Match", ifMatch).delete("/api/users/" + id), 412);
        when().get("/api/users/" + id).then().body("name", equalTo("홍길동"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                ",",
                "1",
                "\"1",
                "1\"",
                "'1'",
                "W/1",
                "w/\"1\"",
                "**",
                "*, \"1\"",
                "\"1\" \"2\"",
                "7, \"1\""
            })
    void aConditionThatIsNoneIsRefusedAndChangesNothing(String tags) {
        int id = post(USER).path("id");

        problem(put(id, USER.replace("홍", "김"), tags), 400).body("detail", containsString("If-Match"));
        problem(given().header("If-Match", tags).delete("/api/users/" + id), 400);
        problem(given().header("If-None-Match", tags).delete("/api/users/" + id), 400);
        problem(given().header("If-None-Match", tags).get("/api/users/" + id), 400);
        problem(given().header("If-None-Match", tags).get("/api/views/user-activity"), 400);
        when().get("/api/users/" + id).then().body("version", equalTo(1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"*", "\"1\"", "W/\"1\"", "\"7\", \"1\""})
    void aCommandForAnyOtherVersionIsRefused(String ifNoneMatch) {
        int id = post(USER).path("id");

        problem(given().header("If-None-Match", ifNoneMatch).delete("/api/users/" + id), 412);
        given().header("If-None-Match", ifNoneMatch)
                .get("/api/users/" + id)
                .then()
                .statusCode(304);
    }

    @Test
    void aReadOfAnotherVersionIsRefused() {
        int id = post(USER).path("id");

        problem(given().header("If-Match", "\"2\"").get("/api/users/" + id), 412);
        given().header("If-Match", "\"1\"").get("/api/users/" + id).then().statusCode(200);
    }

    @Test
    void whatIsSaidTwiceIsRefused() {
        problem(post(USER.replace("{", "{\"name\":\"김\",")), 400)
                .body("detail", containsString("Duplicate field 'name'"));
        problem(post(USER.replace("{", "{\"x\":{\"y\":1,\"y\":2},")), 400);
    }

    @Test
    void everyViolationIsNamedAtOnce() {
        problem(
                        post(
                                """
                                {"name":" ","email":"nobody","department":"%s","status":"RETIRED"}"""
                                        .formatted("x".repeat(256))),
                        400)
                .body("violations.field", contains("department", "email", "name", "status"))
                .body("violations.message", hasItem("must be ACTIVE or INACTIVE"));
        problem(put(1, "{}", null), 400).body("violations.field", contains("email", "name"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "홍길동            | a\\u0000b     | name",
                "홍길동            | \\ud800       | name",
                "\"홍길동\"        | null          | name",
                "\"홍길동\"        | 7             | name",
                "\"홍길동\"        | [\"a\"]       | name",
                "\"홍길동\"        | {}            | name",
                "\"개발팀\"        | true          | department",
                "개발팀            | a\\u0000      | department",
                "\"ACTIVE\"        | 1             | status",
                "\"ACTIVE\"        | \"active\"    | status",
                "hong@example.com  | hong@         | email",
                "hong@example.com  | h ng@e.com    | email",
                "hong@example.com  | ''            | email",
            })
    void aFieldThatBreaksARuleIsNamed(String part, String replacement, String field) {
        problem(post(USER.replace(part, replacement)), 400).body("violations.field", hasItem(field));
    }

    @Test
    void lengthsCountCharacters() {
        post(USER.replace("홍길동", "😀".repeat(255))).then().statusCode(201).body("name", equalTo("😀".repeat(255)));
        problem(post(USER.replace("홍길동", "😀".repeat(256))), 400).body("violations.field", contains("name"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "", "[]", "null", "7", "\"name\"", "{\"name\":}", "not json", "{} {}"})
    void whatIsNoJsonObjectIsRefused(String body) {
        problem(post(body), 400).body("detail", not(containsString("io.streamviews")));
    }

    @Test
    void brokenUtf8IsRefused() {
        problem(
                given().contentType("application/json")
                        .body("{\"name\":\"Jos\u00e9\"}".getBytes(java.nio.charset.StandardCharsets.ISO_8859_1))
                        .post("/api/users"),
                400);
    }

    @Test
    void otherMediaTypesAreRefused() {
        problem(given().contentType("text/plain").body(USER).post("/api/users"), 415);
        problem(given().contentType("application/xml").body("<user/>").put("/api/users/1"), 415);
        problem(given().accept("text/html").get("/api/users"), 406);
    }

    @Test
    void absurdSizesAreRefused() {
        problem(post(USER.replace("홍길동", "x".repeat(3_000_000))), 413);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "999999999", "99999999999999999999", "-1", "seven", "7.5", "%20"})
    void anUnknownIdIsNotFound(String id) {
        problem(given().urlEncodingEnabled(false).get("/api/users/" + id), 404);
        problem(given().urlEncodingEnabled(false).delete("/api/users/" + id), 404);
        problem(
                given().urlEncodingEnabled(false)
                        .contentType(ContentType.JSON)
                        .body(USER)
                        .put("/api/users/" + id),
                404);
    }

    @Test
    void anotherMethodIsNotAllowed() {
        problem(when().patch("/api/users/1"), 405).header("Allow", "DELETE, GET, HEAD, PUT");
        problem(when().delete("/api/users"), 405).header("Allow", "GET, HEAD, POST");
        problem(when().get("/api/users/bulk"), 405).header("Allow", "POST");
        problem(when().post("/api/views/user_view/changes"), 405).header("Allow", "GET, HEAD");
    }

    @Test
    void anUnknownPathIsNotFound() {
        problem(when().get("/api/nothing"), 404);
        problem(when().get("/api/users/1/nothing"), 404);
    }

    private static Response post(String body) {
        return given().contentType(ContentType.JSON).body(body).post("/api/users");
    }

    private static ValidatableResponse put(int id, String body, String ifMatch) {
        var request = given().contentType(ContentType.JSON).body(body);
        return (ifMatch == null ? request : request.header("If-Match", ifMatch))
                .put("/api/users/" + id)
                .then();
    }

    private static ValidatableResponse problem(Response response, int status) {
        return problem(response.then(), status);
    }

    private static ValidatableResponse problem(ValidatableResponse response, int status) {
        return response.statusCode(status)
                .contentType(endsWith("/problem+json"))
                .body("status", equalTo(status))
                .body("title", not(nullValue()));
    }
}
