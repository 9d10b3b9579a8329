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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class PostResourceTest {

    private static final String POST = """
            {"title":"안녕하세요","content":"첫 번째","authorId":%d}""";

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
