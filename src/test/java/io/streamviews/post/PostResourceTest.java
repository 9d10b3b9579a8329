package io.streamviews.post;

import static io.restassured.RestAssured.given;
import static io.restassured.RestAssured.when;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import io.streamviews.EmbeddedServersResource;
import io.streamviews.Roles;
import java.sql.Connection;
import java.sql.Statement;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class PostResourceTest {

    private static final String POST = """
            {"title":"안녕하세요","content":"첫 번째","authorId":%d}""";

    private static final String CANCEL_READ_OF_AUTHOR =
            """
            SELECT pg_cancel_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock'
               AND query LIKE 'SELECT user_id, name, email, department, status FROM views.user_view WHERE user_id = %'
            """;

    @Test
    void aPostIsCreatedWithItsAuthorsDataInIt() {
        int author = createUser("홍길동");

        Response created = post(POST.formatted(author));

        created.then()
                .statusCode(201)
                .header("ETag", "\"1\"")
                .header("Location", endsWith("/api/posts/" + created.path("id")))
                .body("title", equalTo("안녕하세요"))
                .body("author.id", equalTo(author))
                .body("author.name", equalTo("홍길동"))
                .body("author.department", equalTo("개발팀"))
                .body("author.status", equalTo("ACTIVE"));
        when().get(created.header("Location"))
                .then()
                .statusCode(200)
                .header("ETag", "\"1\"")
                .body(equalTo(created.asString()));
    }

    @Test
    void aPostIsChangedButNeverGivenToAnotherAuthor() {
        int author = createUser("Author");
        int id = post(POST.formatted(author)).path("id");

        put(id, POST.replace("안녕하세요", "Hello").formatted(author + 1000), "\"1\"")
                .statusCode(200)
                .header("ETag", "\"2\"")
                .body("title", equalTo("Hello"))
                .body("author.id", equalTo(author));
        put(id, """
                {"title":"Hello","content":"첫 번째"}""", null)
                .statusCode(200)
                .header("ETag", "\"2\"");
    }

    @Test
    void aChangeWhoseAuthorCannotBeReadIsAnsweredWithoutThePost() throws Exception {
        int author = createUser("Author");
        int id = post(POST.formatted(author)).path("id");

        try (Connection connection = Roles.connect("materialized_view_db", Roles.RUNTIME);
                Statement database = connection.createStatement()) {
            connection.setAutoCommit(false);
            database.execute("LOCK TABLE views.user_view IN ACCESS EXCLUSIVE MODE");
            prefer("return=minimal", id, "Brief").statusCode(204).header("Preference-Applied", "return=minimal");

            CompletableFuture<ValidatableResponse> changed =
                    CompletableFuture.supplyAsync(() -> prefer("return=representation", id, "Hello"));
            await().until(() -> database.executeQuery(CANCEL_READ_OF_AUTHOR).next());
            changed.join()
                    .statusCode(204)
                    .header("ETag", "\"3\"")
                    .header("Consistency-Token", "post:%d:3".formatted(id))
                    .header("Preference-Applied", nullValue());
            connection.rollback();
        }
        when().get("/api/posts/" + id)
                .then()
                .statusCode(200)
                .body("title", equalTo("Hello"))
                .body("author.id", equalTo(author));
    }

    @Test
    void aCommandForAnotherVersionIsRefused() {
        int id = post(POST.formatted(createUser("Author"))).path("id");

        problem(put(id, POST.replace("안녕하세요", "Hello").formatted(1), "\"7\""), 412);
        problem(given().header("If-Match", "\"7\"").delete("/api/posts/" + id).then(), 412);
        given().header("If-Match", "\"1\"").delete("/api/posts/" + id).then().statusCode(204);
    }

    @Test
    void aDeletedPostIsGoneAndItsHistoryStays() {
        int author = createUser("Author");
        int id = post(POST.formatted(author)).path("id");
        put(id, POST.replace("안녕하세요", "Hello").formatted(author), null).statusCode(200);
        when().delete("/api/posts/" + id).then().statusCode(204);

        problem(when().get("/api/posts/" + id).then(), 404);
        problem(when().delete("/api/posts/" + id).then(), 404);
        problem(put(id, POST.formatted(author), null), 404);
        when().get("/api/posts/" + id + "/events")
                .then()
                .body("eventType", contains("POST_CREATED", "POST_UPDATED", "POST_DELETED"))
                .body("post.title", contains("안녕하세요", "Hello", "Hello"))
                .body("post.authorId", contains(author, author, author));
        problem(when().get("/api/posts/999999999/events").then(), 404);
    }

    @Test
    void anUnknownAuthorIsWaitedForAndThenRefused() {
        problem(post(POST.formatted(999_999_999)).then(), 422).body("detail", containsString("999999999"));
    }

    @Test
    void everyViolationIsNamedAtOnce() {
        problem(post("{}").then(), 400).body("violations.field", contains("authorId", "content", "title"));
        problem(
                        post("""
                {"title":" ","content":"%s","authorId":0}"""
                                        .formatted("x".repeat(100_001)))
                                .then(),
                        400)
                .body("violations", hasSize(3))
                .body("violations.field", contains("authorId", "content", "title"));
        int id = post(POST.formatted(createUser("Author"))).path("id");
        problem(put(id, "{}", null), 400).body("violations.field", contains("content", "title"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "1}          | \"1\"}         | authorId",
                "1}          | 1.5}           | authorId",
                "1}          | true}          | authorId",
                "1}          | -1}            | authorId",
                "1}          | 9223372036854775808} | authorId",
                "\"첫 번째\" | 7              | content",
                "첫 번째     | a\\u0000       | content",
                "안녕하세요  | \\udc00        | title",
            })
    void aFieldThatBreaksARuleIsNamed(String part, String replacement, String field) {
        problem(post(POST.formatted(1).replace(part, replacement)).then(), 400)
                .body("violations.field", hasItem(field));
    }

    @Test
    void theLongestContentIsTaken() {
        int author = createUser("Author");
        String content = "\\ud83d\\ude00".repeat(100_000); // twelve bytes for each character

        int id = post("""
                {"title":"long","content":"%s","authorId":%d}""".formatted(content, author))
                .then()
                .statusCode(201)
                .extract()
                .path("id");

        when().get("/api/posts/" + id).then().body("content", equalTo("😀".repeat(100_000)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "999999999", "99999999999999999999", "-1", "seven"})
    void anUnknownIdIsNotFound(String id) {
        problem(when().get("/api/posts/" + id).then(), 404);
    }

    @Test
    void otherMethodsAndMediaTypesAreRefused() {
        problem(when().patch("/api/posts/1").then(), 405);
        problem(
                given().contentType("text/plain")
                        .body("hello")
                        .post("/api/posts")
                        .then(),
                415);
    }

    @Test
    void aPostOfADeletedUserHasNoAuthorAnyMore() {
        int author = createUser("Leaver");
        int id = post(POST.formatted(author)).path("id");
        when().delete("/api/users/" + author).then().statusCode(204);

        await().until(() -> when().get("/api/posts/" + id).path("author") == null);
        when().get("/api/posts/" + id).then().statusCode(200).body("author", nullValue());
    }

    private static int createUser(String name) {
        return given().contentType(ContentType.JSON)
                .body("""
                        {"name":"%s","email":"a@example.com","department":"개발팀"}"""
                        .formatted(name))
                .post("/api/users")
                .then()
                .statusCode(201)
                .extract()
                .path("id");
    }

    private static Response post(String body) {
        return given().contentType(ContentType.JSON).body(body).post("/api/posts");
    }

    private static ValidatableResponse prefer(String preference, int id, String title) {
        return given().contentType(ContentType.JSON)
                .header("Prefer", preference)
                .body("""
                        {"title":"%s","content":"첫 번째"}""".formatted(title))
                .put("/api/posts/" + id)
                .then();
    }

    private static ValidatableResponse put(int id, String body, String ifMatch) {
        var request = given().contentType(ContentType.JSON).body(body);
        return (ifMatch == null ? request : request.header("If-Match", ifMatch))
                .put("/api/posts/" + id)
                .then();
    }

    private static ValidatableResponse problem(ValidatableResponse response, int status) {
        return response.statusCode(status)
                .contentType(endsWith("/problem+json"))
                .body("status", equalTo(status));
    }
}
