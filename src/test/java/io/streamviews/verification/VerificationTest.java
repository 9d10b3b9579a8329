package io.streamviews.verification;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.streamviews.EmbeddedServersResource;
import io.streamviews.UserTopic;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class VerificationTest {

    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final String VERIFICATIONS = "/api/admin/verifications";
    private static final AtomicLong NEXT_ID = new AtomicLong(73_000_000);

    @Inject
    Pool pool;

    private static boolean changedByHand = true;

    private UserTopic topic;
    private long id;
    private String department;

    @BeforeEach
    void addAUser() {
        topic = new UserTopic();
        id = NEXT_ID.incrementAndGet();
        department = "verified " + id;
        // Other tests leave what they did by hand; reading everything again heals it, and whatever is done by hand
        // until
        // everything has been read: whoever is created now is there only then
        if (changedByHand) {
            readAgain();
        }
        topic.user(id, department, 1);
        await().atMost(PATIENCE).until(() -> isThere(id));
    }

    @AfterEach
    void close() {
        topic.close();
    }

    @Test
    void whatTheTopicsSayIsWhatTheViewsSay() {
        JsonPath deep = verify("deep");

        assertThat(deep.getBoolean("ok")).as(deep.prettify()).isTrue();
        assertThat(deep.getLong("views.find { it.name == 'user_view' }.rows")).isPositive();
        assertThat(deep.getList("views.name", String.class))
                .contains("user_view", "post_view", "dead_letter", "department_stats");
        assertThat(pool.query("SELECT FROM pg_namespace WHERE nspname LIKE 'views_verification%'")
                        .executeAndAwait()
                        .size())
                .isZero();
    }

    @Test
    void rowsThatAreMissingOrChangedOrTooManyAreNamed() {
        long changed = NEXT_ID.incrementAndGet();
        topic.user(changed, department, 1);
        long added = NEXT_ID.incrementAndGet();
        await().atMost(PATIENCE).until(() -> isThere(changed));
        execute("DELETE FROM views.user_view WHERE user_id = " + id);
        execute("UPDATE views.user_view SET name = 'by hand' WHERE user_id = " + changed);
        execute(
                """
                INSERT INTO views.user_view (user_id, name, email, status, created_at, updated_at, version, source_offset)
                VALUES (%d, 'n', 'e', 'ACTIVE', now(), now(), 1, 0)
                """
                        .formatted(added));

        JsonPath deep = verify("deep");

        assertThat(deep.getBoolean("ok")).isFalse();
        assertThat(deep.getLong("differing")).isEqualTo(3);
        String users = "views.find { it.name == 'user_view' }.";
        assertThat(deep.getList(users + "firstDiffering.key", Long.class)).containsExactly(id, changed, added);
        assertThat(deep.getString(users + "firstDiffering[0].live")).isNull();
        assertThat(deep.getString(users + "firstDiffering[0].expected.department"))
                .isEqualTo(department);
        assertThat(deep.getString(users + "firstDiffering[1].live.name")).isEqualTo("by hand");
        assertThat(deep.getString(users + "firstDiffering[1].expected.name")).isEqualTo("n" + changed);
        assertThat(deep.getString(users + "firstDiffering[2].expected")).isNull();

        execute("DELETE FROM views.user_view WHERE user_id = " + added);
        readAgain();
        assertThat(verify("deep").getBoolean("ok")).isTrue();
    }

    @Test
    void aDeadLetterThatIsMissingIsNamed() {
        RecordMetadata place = topic.rubbish(id, "rubbish");
        await().atMost(PATIENCE)
                .until(() -> pool.query("SELECT FROM views.dead_letter WHERE \"offset\" = " + place.offset()
                                        + " AND partition = " + place.partition() + " AND topic = 'user-events'")
                                .executeAndAwait()
                                .size()
                        == 1);
        execute("DELETE FROM views.dead_letter WHERE row_key = '%d'".formatted(id));

        JsonPath deep = verify("deep");

        assertThat(deep.getList("views.find { it.name == 'dead_letter' }.firstDiffering.key", String.class))
                .containsExactly("user-events/%d/%d".formatted(place.partition(), place.offset()));
        readAgain();
    }

    @Test
    void aDerivedViewThatIsWrongIsNamedByTheShallowOne() {
        execute("UPDATE views.department_stats_kept SET \"state 1\" = \"state 1\" + 5 WHERE \"key 1\" = '%s'"
                .formatted(department));
        try {
            JsonPath shallow = verify("shallow");

            assertThat(shallow.getLong("differing"))
                    .as("department_performance reads it, too")
                    .isEqualTo(2);
            String stats = "views.find { it.name == 'department_stats' }.firstDiffering[0].";
            assertThat(shallow.getString(stats + "key")).isEqualTo(department);
            assertThat(shallow.getLong(stats + "live.user_count")).isEqualTo(6);
            assertThat(shallow.getLong(stats + "expected.user_count")).isEqualTo(1);
        } finally {
            execute("UPDATE views.department_stats_kept SET \"state 1\" = \"state 1\" - 5 WHERE \"key 1\" = '%s'"
                    .formatted(department));
        }
        assertThat(verify("shallow").getBoolean("ok")).isTrue();
    }

    @Test
    void eventsThatComeMeanwhileAreNoDifference() throws InterruptedException {
        AtomicBoolean enough = new AtomicBoolean();
        Thread writer = new Thread(() -> {
            for (long version = 2; !enough.get(); version++) {
                for (int i = 0; i < 20; i++) {
                    topic.user(id + 1_000_000 + i, "d" + version % 7, version);
                }
            }
        });
        writer.start();
        try {
            for (int i = 0; i < 3; i++) {
                JsonPath deep = verify("deep");
                assertThat(deep.getBoolean("ok")).as(deep.prettify()).isTrue();
            }
        } finally {
            enough.set(true);
            writer.join();
        }
    }

    @Test
    void viewsThatAreBehindAreRightAsOfWhereTheyStand() {
        given().post("/api/admin/projection/pause");
        try {
            topic.user(id, department, 2);
            RecordMetadata last = topic.user(id, department, 3);
            await().atMost(PATIENCE).until(() -> lag() == 2);

            JsonPath deep = verify("deep");

            assertThat(deep.getBoolean("ok")).as(deep.prettify()).isTrue();
            assertThat(deep.getLong("behind")).isEqualTo(2);
            String partition =
                    "asOf.find { it.topic == 'user-events' && it.partition == %d }.".formatted(last.partition());
            assertThat(deep.getLong(partition + "position")).isEqualTo(last.offset() - 1);
            assertThat(deep.getLong(partition + "behind")).isEqualTo(2);
            assertThat(deep.getString(partition + "lastEventAt")).isNotNull();
        } finally {
            given().post("/api/admin/projection/resume");
        }
        await().atMost(PATIENCE).until(() -> lag() == 0);
        assertThat(verify("shallow").getLong("behind")).isZero();
    }

    @Test
    void oneIsDoneAtATimeAndAllAreRemembered() {
        Response first = begin("deep");
        first.then().statusCode(202).body("state", equalTo("RUNNING")).body("ok", nullValue());

        begin("shallow").then().statusCode(409).contentType("application/problem+json");

        JsonPath done = awaitEnd(first);
        assertThat(done.getString("depth")).isEqualTo("deep");
        given().queryParam("after", done.getLong("id") - 1)
                .get(VERIFICATIONS)
                .then()
                .body("[0].id", equalTo(done.getInt("id")))
                .body("[0].state", equalTo("DONE"))
                .body("[0].finishedAt", notNullValue())
                .body("[0].views", nullValue());
        assertThat(given().get("/q/metrics").asString())
                .contains("streamviews_verification_differences{depth=\"deep\"}")
                .contains("streamviews_verification_finished_timestamp_seconds{depth=\"deep\"}");
    }

    @Test
    void oneWhoseProcessDiedIsAbandoned() {
        long abandoned = pool.query(
                        "INSERT INTO public.verification (depth, state, started_at) VALUES ('DEEP', 'RUNNING', now())"
                                + " RETURNING id")
                .executeAndAwait()
                .iterator()
                .next()
                .getLong(0);

        given().get(VERIFICATIONS + "/" + abandoned).then().body("state", equalTo("ABANDONED"));
        assertThat(verify("shallow").getString("state")).isEqualTo("DONE");
    }

    @Test
    void whatMeansNothingIsRefused() {
        begin("bottomless").then().statusCode(400);
        given().get(VERIFICATIONS + "/999999999").then().statusCode(404);
    }

    private static JsonPath verify(String depth) {
        Response begun = begin(depth);
        begun.then().statusCode(202);
        return awaitEnd(begun);
    }

    private static JsonPath awaitEnd(Response begun) {
        String location = begun.header("Location");
        await().atMost(PATIENCE)
                .until(() ->
                        !given().get(location).jsonPath().getString("state").equals("RUNNING"));
        JsonPath ended = given().get(location).jsonPath();
        assertThat(ended.getString("state")).as(ended.prettify()).isEqualTo("DONE");
        return ended;
    }

    private static Response begin(String depth) {
        return given().contentType("application/json")
                .body("{\"depth\":\"%s\"}".formatted(depth))
                .post(VERIFICATIONS);
    }

    private static long lag() {
        return given().get("/api/admin/projection").jsonPath().getLong("lagEvents");
    }

    private static void readAgain() {
        for (String topic : List.of("user-events", "post-events")) {
            Response replay = given().contentType("application/json")
                    .body("{\"topic\":\"%s\",\"from\":\"earliest\"}".formatted(topic))
                    .post("/api/admin/replays");
            replay.then().statusCode(202);
            await().atMost(PATIENCE).until(() -> given().get(replay.header("Location"))
                    .jsonPath()
                    .getString("state")
                    .equals("DONE"));
        }
        changedByHand = false;
    }

    private boolean isThere(long user) {
        return pool.query("SELECT FROM views.user_view WHERE user_id = " + user)
                        .executeAndAwait()
                        .size()
                == 1;
    }

    private void execute(String sql) {
        changedByHand = true;
        pool.query(sql).executeAndAwait();
    }
}
