package io.streamviews.consistency;

import static io.restassured.RestAssured.given;
import static io.streamviews.consistency.Tokens.after;
import static io.streamviews.consistency.Tokens.createUser;
import static io.streamviews.consistency.Tokens.read;
import static io.streamviews.consistency.Tokens.token;
import static io.streamviews.consistency.Tokens.user;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.emptyString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.RestAssured;
import io.restassured.config.EncoderConfig;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.streamviews.EmbeddedServersResource;
import io.streamviews.MixedSettings;
import io.streamviews.UserTopic;
import io.streamviews.postgres.DatabaseConnections;
import io.vertx.mutiny.pgclient.PgConnection;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.junit.jupiter.api.Test;

/** Reads with the tokens of writes. Nothing here waits for the views but the reads themselves. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
@TestProfile(MixedSettings.class)
class ConsistencyTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Inject
    Pool pool;

    @Inject
    DatabaseConnections connections;

    @Test
    void aHundredTimesWhatWasWrittenIsRead() {
        for (int i = 0; i < 100; i++) {
            String department = "tokens " + i;
            Response user = createUser("Author " + i, department);
            int author = user.path("id");
            Response post = given().header(ConsistencyToken.HEADER, token(user))
                    .contentType(ContentType.JSON)
                    .body(Map.of("title", "t", "content", "c", "authorId", author))
                    .post("/api/posts");
            post.then().statusCode(201).body("author.name", equalTo("Author " + i));

            after(post)
                    .get("/api/posts/by-department/{d}", department)
                    .then()
                    .statusCode(200)
                    .body("id", contains(post.<Integer>path("id")))
                    .body("author.name", contains("Author " + i));
        }
    }

    @Test
    void changesAndDeletionsAreReadToo() {
        Response user = createUser("Before", "tokens of changes");
        String path = "/api/users/" + user.path("id");

        Response changed =
                given().contentType(ContentType.JSON).body(user("After", "x")).put(path);
        after(changed)
                .get("/api/posts/users/{id}", user.<Integer>path("id"))
                .then()
                .statusCode(200)
                .body("name", equalTo("After"))
                .body("version", equalTo(2));
        Response unchanged =
                given().contentType(ContentType.JSON).body(user("After", "x")).put(path);
        assertThat(token(unchanged)).isEqualTo(token(changed));

        Response deleted = given().delete(path);
        deleted.then().statusCode(204);
        after(deleted)
                .get("/api/posts/users/{id}", user.<Integer>path("id"))
                .then()
                .statusCode(404);
        // what came before is held as well
        after(user)
                .get("/api/posts/users/{id}", user.<Integer>path("id"))
                .then()
                .statusCode(404);
    }

    @Test
    void aHundredTimesWhatAnotherProducerHasSentIsReadByItsPlaceInTheTopic() {
        try (UserTopic topic = new UserTopic()) {
            for (int version = 1; version <= 100; version++) {
                RecordMetadata sent = topic.user(7_700_000_001L, "sent " + version, version);

                read(Tokens.place(sent))
                        .get("/api/posts/users/{id}", 7_700_000_001L)
                        .then()
                        .statusCode(200)
                        .body("department", equalTo("sent " + version));
            }
        }
    }

    @Test
    void aPostOfAnAuthorWhoWasDeletedIsRefusedWithoutWaiting() {
        Response user = createUser("Leaver", "tokens");
        Response deleted = given().delete("/api/users/{id}", user.<Integer>path("id"));

        after(deleted)
                .contentType(ContentType.JSON)
                .body(Map.of("title", "t", "content", "c", "authorId", user.<Integer>path("id")))
                .post("/api/posts")
                .then()
                .statusCode(422);
    }

    @Test
    void aRepetitionIsAnsweredWithTheSameToken() {
        String key = UUID.randomUUID().toString();
        String first = token(createUser("Twice", "tokens", key));

        assertThat(token(createUser("Twice", "tokens", key))).isEqualTo(first);
    }

    @Test
    void theTokenOfAStreamStandsForAllOfItsUsers() {
        String department = "stream " + UUID.randomUUID();
        String lines = IntStream.range(0, 3_000)
                .mapToObj(i -> "{\"name\":\"s%d\",\"email\":\"s@example.com\",\"department\":\"%s\"}\n"
                        .formatted(i, department))
                .collect(Collectors.joining());
        String key = UUID.randomUUID().toString();

        String token = sendStream(lines, key);

        read(token).get("/api/posts").then().statusCode(200);
        assertThat(pool.preparedQuery("SELECT count(*) FROM views.user_view WHERE department = $1")
                        .executeAndAwait(Tuple.of(department))
                        .iterator()
                        .next()
                        .getLong(0))
                .isEqualTo(3_000);
        assertThat(sendStream(lines, key)).isEqualTo(token);
    }

    @Test
    void whoWaitsInAnotherProcessIsToldOfWhatIsCommittedHere() {
        PgConnection elsewhere = connections.open().await().atMost(PATIENCE);
        try {
            List<String> heard = new CopyOnWriteArrayList<>();
            elsewhere.getDelegate().notificationHandler(signal -> heard.add(signal.getPayload()));
            elsewhere.query("LISTEN " + ViewSignals.COMMITTED).executeAndAwait();

            elsewhere.preparedQuery("SELECT pg_notify($1, 'elsewhere')").executeAndAwait(Tuple.of(ViewSignals.AWAITED));
            await().atMost(PATIENCE).until(() -> !heard.isEmpty());

            int answers = heard.size();
            createUser("Heard of", "signals");
            await().atMost(PATIENCE).until(() -> heard.size() > answers);
        } finally {
            elsewhere.closeAndAwait();
        }
    }

    @Test
    void aCommandIsAnsweredWithoutTheEntityToThoseWhoPreferThat() {
        Response created = given().contentType(ContentType.JSON)
                .header("Prefer", "respond-async, return=\"minimal\"; x=y")
                .body(user("Brief", "tokens"))
                .post("/api/users");
        created.then()
                .statusCode(201)
                .header("Preference-Applied", "return=minimal")
                .header("Vary", "Prefer")
                .header("ETag", "\"1\"")
                .body(emptyString());
        after(created)
                .contentType(ContentType.JSON)
                .header("Prefer", "wait=7, return=representation")
                .body(Map.of("title", "t", "content", "c", "authorId", id(created)))
                .post("/api/posts")
                .then()
                .statusCode(201)
                .header("Preference-Applied", "wait=7, return=representation")
                .header("Vary", "Consistency-Token, Prefer")
                .body("author.name", equalTo("Brief"));
        given().contentType(ContentType.JSON)
                .header("Prefer", "return=minimal")
                .body(user("Briefer", "tokens"))
                .put(created.header("Location"))
                .then()
                .statusCode(204)
                .header("Preference-Applied", "return=minimal")
                .header("ETag", "\"2\"");
    }

    @Test
    void onlyWhatIsHonouredIsSaidToBe() {
        String token = token(createUser("Patient", "tokens"));

        read(token).header("Prefer", "wait=31").get("/api/posts").then().header("Preference-Applied", nullValue());
        read(token).header("Prefer", "wait=30").get("/api/posts").then().header("Preference-Applied", "wait=30");
        given().header("Prefer", "wait=30").get("/api/posts").then().header("Preference-Applied", nullValue());
    }

    @Test
    void theTokenIsDocumentedWhereItIsGivenAndWhereItIsTaken() {
        JsonPath api = given().queryParam("format", "json").get("/q/openapi").jsonPath();

        assertThat(api.<String>getList("paths.'/api/posts/users/{id}'.get.parameters.name"))
                .contains(ConsistencyToken.HEADER);
        assertThat(api.<String>getList("paths.'/api/views/{view}/changes'.get.parameters.name"))
                .doesNotContain(ConsistencyToken.HEADER);
        assertThat(api.<Map<String, ?>>get("paths.'/api/users'.post.responses.'201'.headers"))
                .containsKey(ConsistencyToken.HEADER);
        assertThat(api.<Map<String, ?>>get("paths.'/api/users/{id}'.delete.responses"))
                .anySatisfy(
                        (status, response) -> assertThat(response.toString()).contains(ConsistencyToken.HEADER));
    }

    private static long id(Response created) {
        String address = created.header("Location");
        return Long.parseLong(address.substring(address.lastIndexOf('/') + 1));
    }

    private static String sendStream(String lines, String key) {
        String[] answer = given().config(RestAssured.config()
                        .encoderConfig(EncoderConfig.encoderConfig()
                                .encodeContentTypeAs("application/x-ndjson", ContentType.TEXT)))
                .header("Idempotency-Key", key)
                .contentType("application/x-ndjson")
                .body(lines)
                .post("/api/users/bulk")
                .asString()
                .split("\n");
        JsonPath last = JsonPath.from(answer[answer.length - 1]);
        assertThat(last.getString("type")).isEqualTo("Summary");
        return last.getString("consistencyToken");
    }
}
