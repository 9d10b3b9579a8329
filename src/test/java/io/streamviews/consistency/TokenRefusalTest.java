package io.streamviews.consistency;

import static io.restassured.RestAssured.given;
import static io.streamviews.consistency.Tokens.after;
import static io.streamviews.consistency.Tokens.createUser;
import static io.streamviews.consistency.Tokens.read;
import static io.streamviews.consistency.Tokens.token;
import static io.streamviews.consistency.Tokens.user;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.equalTo;

import io.agroal.api.AgroalDataSource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.Response;
import io.streamviews.EmbeddedServersResource;
import io.streamviews.MixedSettings;
import io.streamviews.UserTopic;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens that the views do not reach in time, or never will: those who read with them are told why. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
@TestProfile(MixedSettings.class)
class TokenRefusalTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Inject
    AgroalDataSource database;

    @Inject
    Pool pool;

    @Test
    void whatDoesNotComeInTimeIsRefusedWithWordsAndOnlyForThoseWhoAsk() throws SQLException {
        try (Connection holder = holdTheProjection()) {
            Response user = createUser("Late", "held");
            int id = user.path("id");

            given().get("/api/posts/users/{id}", id).then().statusCode(404);
            after(user)
                    .header("Prefer", "wait=1")
                    .get("/api/posts/users/{id}", id)
                    .then()
                    .statusCode(503)
                    .contentType(endsWith("/problem+json"))
                    .header("Retry-After", "1")
                    .header("Preference-Applied", "wait=1")
                    .header("Vary", "Consistency-Token")
                    .body("type", equalTo("/problems/views-behind"))
                    .body("detail", containsString("user:" + id + ":1"))
                    .body("detail", containsString("also not after 1000 ms"))
                    .body("detail", containsString("they hold version none of it"));

            CompletableFuture<Integer> read = CompletableFuture.supplyAsync(
                    () -> after(user).get("/api/posts/users/{id}", id).statusCode());
            await().during(Duration.ofMillis(500)).until(() -> !read.isDone());
            holder.rollback();
            assertThat(read).succeedsWithin(PATIENCE).isEqualTo(200);
        }
    }

    @Test
    void aDeadLetterIsNamed() throws SQLException {
        try (Connection holder = holdTheProjection()) {
            Response user = createUser("Unreadable", "dead");
            int id = user.path("id");
            bury(id);

            after(user)
                    .header("Prefer", "wait=0")
                    .get("/api/posts")
                    .then()
                    .statusCode(503)
                    .body(
                            "detail",
                            containsString("its event is a dead letter: user-events, partition 0, offset 987654"));

            pool.query("DELETE FROM views.dead_letter WHERE \"offset\" = 987654")
                    .executeAndAwait();
            holder.rollback();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "user",
                "user:1",
                "user:1:1:1",
                "user:one:1",
                "user:1:1,",
                "user:-1:1",
                "team:1:1",
                "user:1:9999999999999999999",
                "user-events/0",
                "user-events/0/-1",
                "user-events/0/9999999999999999999",
                "user-events/6/0",
                "orders/0/0",
                "user:1:1,user-events/0/0/0"
            })
    void whatIsNoTokenIsRefused(String token) {
        read(token)
                .get("/api/posts")
                .then()
                .statusCode(400)
                .contentType(endsWith("/problem+json"))
                .body("violations[0].field", equalTo("Consistency-Token"));
    }

    @Test
    void aWriteThatNeverWasIsSaidToBeNone() {
        read("user:999999999:1")
                .header("Prefer", "wait=0")
                .get("/api/posts")
                .then()
                .statusCode(422)
                .body("detail", containsString("there has been no write user:999999999:1"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/posts/by-department/a%0Ab",
                "/api/posts/by-department/a%E2%80%A8b",
                "/api/posts;x=%0A/by-department/a",
                "/api//posts/./by-department/a"
            })
    void itIsLookedForWhateverThePathHasInIt(String path) {
        read("user:999999999:1")
                .header("Prefer", "wait=0")
                .urlEncodingEnabled(false)
                .get(path)
                .then()
                .statusCode(422)
                .body("type", equalTo("/problems/no-such-write"));
    }

    /** The framework decodes one that has parameters twice. */
    @Test
    void aPathWithParametersAndAnEscapedPercentSignIsRefused() {
        given().urlEncodingEnabled(false)
                .get("/api/posts;x=1/by-department/100%25")
                .then()
                .statusCode(400)
                .contentType(endsWith("/problem+json"));
        given().urlEncodingEnabled(false)
                .get("/api/posts/by-department/100%25?x=;")
                .then()
                .statusCode(200);
    }

    @Test
    void aRecordThatIsNotAppliedInTimeIsRefusedWithThePositionOfItsPartition() throws SQLException {
        try (Connection holder = holdTheProjection();
                UserTopic topic = new UserTopic()) {
            RecordMetadata sent = topic.user(7_700_000_002L, "held", 1);

            read(Tokens.place(sent))
                    .header("Prefer", "wait=1")
                    .get("/api/posts")
                    .then()
                    .statusCode(503)
                    .header("Retry-After", "1")
                    .body("detail", containsString(Tokens.place(sent) + ", also not after 1000 ms"))
                    .body(
                            "detail",
                            containsString("go on with partition " + sent.partition() + " of user-events from"));

            holder.rollback();
        }
    }

    @Test
    void aRecordThatBecameADeadLetterIsNamed() {
        try (UserTopic topic = new UserTopic()) {
            RecordMetadata sent = topic.rubbish(7_700_000_003L, "no event");
            read(Tokens.place(topic.user(7_700_000_003L, "behind it", 1)))
                    .get("/api/posts")
                    .then()
                    .statusCode(200);

            read(Tokens.place(sent))
                    .header("Prefer", "wait=0")
                    .get("/api/posts")
                    .then()
                    .statusCode(503)
                    .body("detail", containsString("it is a dead letter: user-events, partition " + sent.partition()));
        }
    }

    @Test
    void aRecordThatIsNotThereIsSaidToBeNone() {
        read("user-events/0/999999999999")
                .header("Prefer", "wait=0")
                .get("/api/posts")
                .then()
                .statusCode(422)
                .body("detail", containsString("there is no record user-events/0/999999999999, the partition ends at"));
    }

    /** Until it is rolled back, no batch is written. */
    private Connection holdTheProjection() throws SQLException {
        after(createUser("Before", "held")).get("/api/posts").then().statusCode(200);
        Connection holder = database.getConnection();
        holder.setAutoCommit(false);
        try (Statement sql = holder.createStatement()) {
            sql.execute("LOCK TABLE views.projection_position IN EXCLUSIVE MODE");
        }
        return holder;
    }

    private void bury(int id) {
        pool.preparedQuery(
                        """
                        INSERT INTO views.dead_letter (topic, partition, "offset", place, key, payload, error)
                        SELECT 'user-events', 0, 987654, 987654, convert_to(message_key, 'UTF8'),
                               convert_to(payload::text, 'UTF8'), 'cannot be read'
                        FROM public.event_log WHERE aggregate_type = 'user' AND aggregate_id = $1
                        """)
                .executeAndAwait(Tuple.of((long) id));
    }
}
