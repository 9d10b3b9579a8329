package io.streamviews.user;

import static io.restassured.RestAssured.given;
import static io.restassured.RestAssured.when;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import io.streamviews.EmbeddedServersResource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class UserResourceTest {

    private static final String USER =
            """
            {"name":"홍길동","email":"hong@example.com","department":"개발팀","status":"ACTIVE"}""";

    private final ExecutorService clients = Executors.newFixedThreadPool(32);

    @AfterEach
    void stopClients() {
        clients.shutdown();
    }

    @Test
    void aUserIsCreated() {
        Response created = post(USER);

        created.then()
                .statusCode(201)
                .header("ETag", "\"1\"")
                .body("name", equalTo("홍길동"))
                .body("email", equalTo("hong@example.com"))
                .body("department", equalTo("개발팀"))
                .body("status", equalTo("ACTIVE"))
                .body("version", equalTo(1))
                .body("createdAt", matchesPattern("\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z"));
        when().get(created.header("Location")).then().statusCode(200).body(equalTo(created.asString()));
    }

    @Test
    void idsAreNumberedOneByOne() {
        long first = post(USER).path("id") instanceof Integer id ? id : 0;

        post(USER).then().body("id", equalTo((int) first + 1));
    }

    @Test
    void aStatusIsActiveUnlessSaidOtherwiseAndADepartmentMayBeAbsent() {
        post("""
                {"name":"a","email":"a@example.com"}""")
                .then()
                .statusCode(201)
                .body("status", equalTo("ACTIVE"))
                .body("department", nullValue());
    }

    @Test
    void manyAreDeletedAtTheSameTime() {
        List<Integer> ids = IntStream.range(0, 200)
                .mapToObj(i -> post(USER).<Integer>path("id"))
                .toList();

        List<CompletableFuture<Integer>> deletions = ids.stream()
                .map(id -> CompletableFuture.supplyAsync(
                        () -> when().delete("/api/users/" + id).statusCode(), clients))
                .toList();

        assertThat(deletions).extracting(CompletableFuture::join).containsOnly(204);
    }

    @Test
    void aRepresentationCanBeSentBackAsItCame() {
        int id = post(USER).path("id");

        given().contentType(ContentType.JSON)
                .body(
                        """
                        {"id":4711,"name":"modi_장웅","email":"last_changwng@example.com","department":"개발팀",\
                        "status":"ACTIVE","createdAt":"2025-07-17T06:03:43.792924968","nickname":[{}],\
                        "updatedAt":"2025-07-17T06:03:43.793003009","version":99}""")
                .put("/api/users/" + id)
                .then()
                .statusCode(200)
                .header("ETag", "\"2\"")
                .body("id", equalTo(id))
                .body("name", equalTo("modi_장웅"))
                .body("createdAt", not(containsString("2025-07-17")));
    }

    @Test
    void anUpdateThatChangesNothingIsNone() {
        int id = post(USER).path("id");

        put(id, USER, null).statusCode(200).header("ETag", "\"1\"");

        when().get("/api/users/" + id + "/events").then().body("$", hasSize(1));
    }

    @Test
    void aDeletedUserIsGone() {
        int id = post(USER).path("id");

        when().delete("/api/users/" + id).then().statusCode(204);

        when().get("/api/users/" + id).then().statusCode(404);
        put(id, USER, null).statusCode(404);
        when().delete("/api/users/" + id).then().statusCode(404);
    }

    @Test
    void theHistoryTellsWhatHappenedAlsoToADeletedUser() {
        int id = post(USER).path("id");
        put(id, USER.replace("ACTIVE", "INACTIVE"), null).statusCode(200);
        when().delete("/api/users/" + id).then().statusCode(204);

        when().get("/api/users/" + id + "/events")
                .then()
                .statusCode(200)
                .body("eventType", contains("USER_CREATED", "USER_UPDATED", "USER_DELETED"))
                .body("version", contains(1, 2, 3))
                .body("userId", contains(id, id, id))
                .body("user.status", contains("ACTIVE", "INACTIVE"))
                .body("user[2]", nullValue());
        when().get("/api/users/" + id + "/events?after=1&limit=1")
                .then()
                .body("version", contains(2))
                .header("Link", containsString("after=2"));
        when().get("/api/users/" + id + "/events?after=3")
                .then()
                .statusCode(200)
                .body("$", hasSize(0));
        problem(when().get("/api/users/999999999/events"), 404);
    }

    @Test
    void aListComesInPages() {
        int first = post(USER).path("id");
        post(USER);
        post(USER);

        Response page = when().get("/api/users?limit=2&after=" + (first - 1));

        page.then().statusCode(200).body("id", contains(first, first + 1));
        String next = page.header("Link");
        org.assertj.core.api.Assertions.assertThat(next).matches("<http://.*>; rel=\"next\"");
        when().get(next.substring(1, next.indexOf('>')))
                .then()
                .statusCode(200)
                .body("id", hasItem(first + 2))
                .body("[0].id", equalTo(first + 2));
        when().get("/api/users?after=999999999")
                .then()
                .header("Link", nullValue())
                .body("$", hasSize(0));
        when().get("/api/users").then().body("size()", greaterThan(2));
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '\'',
            value = {"\"1\"", "*", "'\"7\", \"1\"'", "'W/\"7\",\"1\"'"})
    void aCommandForTheCurrentVersionIsDone(String ifMatch) {
        int id = post(USER).path("id");

        put(id, USER.replace("홍", "김"), ifMatch).statusCode(200).header("ETag", "\"2\"");
    }

    @Test
    void whoHasTheCurrentVersionNeedNotFetchItAgain() {
        int id = post(USER).path("id");

        given().header("If-None-Match", "\"1\"").get("/api/users/" + id).then().statusCode(304);
        given().header("If-None-Match", "\"7\"").get("/api/users/" + id).then().statusCode(200);
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
