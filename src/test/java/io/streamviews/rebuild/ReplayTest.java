package io.streamviews.rebuild;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.response.ValidatableResponse;
import io.streamviews.EmbeddedServersResource;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The live tasks read events again, while the application runs. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class ReplayTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Inject
    Pool pool;

    @BeforeEach
    void createUsers() {
        for (int i = 0; i < 30; i++) {
            given().contentType(ContentType.JSON)
                    .body(Map.of("name", "n" + i, "email", "someone@example.com", "department", "replayed"))
                    .post("/api/users")
                    .then()
                    .statusCode(201);
        }
        awaitViews();
    }

    @Test
    void bringsRowsBackThatWereDeletedByHandAndChangesNothingElse() {
        Object untouched = untouched();
        pool.query("DELETE FROM views.user_view WHERE user_id % 2 = 0").executeAndAwait();

        JsonPath replay = replay("\"earliest\"");

        assertThat(replay.getLong("eventsTotal")).isGreaterThanOrEqualTo(30);
        awaitViews();
        JsonPath done = awaitDone(replay.getLong("id"));
        assertThat(done.getLong("eventsDone")).isEqualTo(done.getLong("eventsTotal"));
        assertThat(untouched()).isEqualTo(untouched);
        assertThat(
                        count(
                                """
                        SELECT coalesce(sum(user_count), 0)::bigint - (SELECT count(*) FROM views.user_view)
                        FROM views.department_stats
                        """))
                .isZero();
    }

    @Test
    void doesNotTakeBackWhatReadersMayRelyOn() {
        long seen = count("SELECT sum(seen_offset)::bigint FROM views.projection_position");

        long id = replay("{\"offset\": 0}").getLong("id");

        assertThat(count("SELECT sum(seen_offset)::bigint FROM views.projection_position"))
                .isGreaterThanOrEqualTo(seen);
        awaitDone(id);
    }

    /** As it is right after the first start. */
    @Test
    void ofPartitionsThatNobodyHasTakenOverYetIsDone() {
        long id = pool.query(
                        "INSERT INTO public.replay (topic, finished_at) VALUES ('user-events', now()) RETURNING id")
                .executeAndAwait()
                .iterator()
                .next()
                .getLong(0);

        JsonPath replay = awaitDone(id);

        assertThat(replay.getLong("eventsTotal")).isZero();
        assertThat(replay.getList("partitions")).isEmpty();
    }

    @Test
    void ofAFuturePlaceIsDoneAtOnce() {
        JsonPath replay =
                replay("{\"timestamp\": \"%s\"}".formatted(Instant.now().plusSeconds(3600)));

        assertThat(replay.getString("state")).isEqualTo("DONE");
        assertThat(replay.getLong("eventsTotal")).isZero();
    }

    @Test
    void ofOnePartitionLeavesTheOthers() {
        JsonPath replay = given().contentType(ContentType.JSON)
                .body("{\"topic\": \"user-events\", \"from\": \"earliest\", \"partitions\": [2]}")
                .post("/api/admin/replays")
                .then()
                .statusCode(202)
                .extract()
                .jsonPath();

        assertThat(replay.getList("partitions.partition", Integer.class)).isEqualTo(List.of(2));
        awaitDone(replay.getLong("id"));
    }

    @Test
    void ofATopicIsRefusedWhileThereIsOne() {
        given().post("/api/admin/projection/pause").then().statusCode(200);
        try {
            long id = replay("\"earliest\"").getLong("id");

            request("user-events", "\"earliest\"")
                    .statusCode(409)
                    .contentType(containsString("problem+json"))
                    .body("detail", containsString("user-events"));

            given().post("/api/admin/projection/resume").then().statusCode(200);
            awaitDone(id);
            awaitDone(replay("\"earliest\"").getLong("id"));
        } finally {
            given().post("/api/admin/projection/resume").then().statusCode(200);
        }
    }

    @Test
    void ofALogThatIsGoneStandsInNobodysWay() {
        // whether one of another test has ended is looked at when somebody asks
        pool.query("UPDATE public.replay SET finished_at = now() WHERE finished_at IS NULL")
                .executeAndAwait();
        long old = count("INSERT INTO public.replay (topic) VALUES ('user-events') RETURNING id");
        pool.query("INSERT INTO public.replay_partition VALUES (%d, 0, 0, 1000000000, -1)".formatted(old))
                .executeAndAwait();

        awaitDone(replay("\"earliest\"").getLong("id"));

        assertThat(given().get("/api/admin/replays/{id}", old).jsonPath().getString("state"))
                .isEqualTo("DONE");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"topic\": \"user-events\"}",
                "{\"topic\": \"other\", \"from\": \"earliest\"}",
                "{\"topic\": \"user-events\", \"from\": \"latest\"}",
                "{\"topic\": \"user-events\", \"from\": {\"offset\": -1}}",
                "{\"topic\": \"user-events\", \"from\": {\"offset\": 1, \"timestamp\": \"2026-01-31T12:00:00Z\"}}",
                "{\"topic\": \"user-events\", \"from\": {\"timestamp\": \"yesterday\"}}",
                "{\"topic\": \"user-events\", \"from\": \"earliest\", \"partitions\": [99]}"
            })
    void saysWhatItCannotMakeOut(String request) {
        given().contentType(ContentType.JSON)
                .body(request)
                .post("/api/admin/replays")
                .then()
                .statusCode(400)
                .contentType(containsString("problem+json"));
    }

    private static JsonPath replay(String from) {
        var begun = request("user-events", from).statusCode(202).extract();
        assertThat(begun.header("Location"))
                .endsWith("/api/admin/replays/" + begun.jsonPath().getLong("id"));
        return begun.jsonPath();
    }

    private static ValidatableResponse request(String topic, String from) {
        return given().contentType(ContentType.JSON)
                .body("{\"topic\": \"%s\", \"from\": %s}".formatted(topic, from))
                .post("/api/admin/replays")
                .then();
    }

    private static JsonPath awaitDone(long id) {
        await().atMost(PATIENCE).until(() -> given().get("/api/admin/replays/{id}", id)
                .jsonPath()
                .getString("state")
                .equals("DONE"));
        return given().get("/api/admin/replays/{id}", id).jsonPath();
    }

    private void awaitViews() {
        await().atMost(PATIENCE).until(() -> count(RebuildRequests.USER_ERRORS) == 0);
    }

    private Object untouched() {
        return pool.query("SELECT string_agg((u.*)::text, ';' ORDER BY user_id) FROM views.user_view u"
                        + " WHERE user_id % 2 = 1")
                .executeAndAwait()
                .iterator()
                .next()
                .getString(0);
    }

    private long count(String sql) {
        return pool.query(sql).executeAndAwait().iterator().next().getLong(0);
    }
}
