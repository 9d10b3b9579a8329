package io.streamviews.rebuild;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.streamviews.EmbeddedServersResource;
import io.streamviews.UserTopic;
import io.vertx.mutiny.sqlclient.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** A rebuild that succeeds, and the way back from it: nobody notices but by what is right afterwards. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class RebuildTest extends RebuildRequests {

    private static final String STATS_ERRORS =
            """
            SELECT count(*) FROM (
                (SELECT department, user_count FROM views.department_stats
                 EXCEPT ALL SELECT department, user_count FROM views.department_stats_definition)
                UNION ALL
                (SELECT department, user_count FROM views.department_stats_definition
                 EXCEPT ALL SELECT department, user_count FROM views.department_stats)) AS e
            """;

    private static final String UNKNOWN_LEADERS =
            "SELECT count(*) FROM views.projection_position WHERE next_offset > 0 AND leader_epoch IS NULL";

    @Test
    void peopleWriteAndReadAllTheWhileAndNeverSeeAnOlderVersion() throws Exception {
        long user = createUser("Reader", "rebuilt");
        awaitUser(user);
        long generation = count(GENERATION);
        AtomicBoolean over = new AtomicBoolean();
        AtomicLong reads = new AtomicLong();
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            Future<Long> writer = threads.submit(() -> {
                long version = 1;
                while (!over.get()) {
                    version = update(user, "n" + version);
                }
                return version;
            });
            Future<List<String>> reader = threads.submit(() -> {
                List<String> complaints = new ArrayList<>();
                long seen = 0;
                while (!over.get()) {
                    var answer = given().get("/api/posts/users/{id}", user);
                    if (answer.statusCode() != 200) {
                        complaints.add(answer.statusLine() + " " + answer.asString());
                    } else {
                        long version = answer.jsonPath().getLong("version");
                        if (version < seen) {
                            complaints.add("Version %d after %d".formatted(version, seen));
                        }
                        seen = version;
                    }
                    reads.incrementAndGet();
                }
                return complaints;
            });

            JsonPath done = awaitState(begin(), "DONE");
            long swappedAt = reads.get();
            await().atMost(PATIENCE).until(() -> reads.get() > swappedAt + 20);
            over.set(true);
            long last = writer.get();

            assertThat(reader.get()).isEmpty();
            await().atMost(PATIENCE)
                    .until(() -> given().get("/api/posts/users/{id}", user)
                                    .jsonPath()
                                    .getLong("version")
                            == last);
            assertThat(done.getLong("eventsDone")).isPositive().isEqualTo(done.getLong("eventsTotal"));
        } finally {
            over.set(true);
            threads.shutdown();
        }
        assertThat(count(GENERATION)).isNotEqualTo(generation);
        assertThat(count(UNKNOWN_LEADERS)).isZero();
        assertViewsAreRight();
    }

    @Test
    void theFormerGenerationIsBroughtBackAndCatchesUp() {
        long user = createUser("Back", "rolled back");
        awaitUser(user);
        long generation = count(GENERATION);
        long id = begin();
        awaitState(id, "DONE");
        update(user, "since the rebuild");
        await().atMost(PATIENCE).until(() -> count(USER_ERRORS) == 0);

        JsonPath rolledBack = given().post("/api/admin/rebuilds/{id}/rollback", id)
                .then()
                .statusCode(200)
                .extract()
                .jsonPath();

        assertThat(rolledBack.getString("state")).isEqualTo("ROLLED_BACK");
        assertThat(count(GENERATION)).isEqualTo(generation);
        await().atMost(PATIENCE).until(() -> count(USER_ERRORS) == 0);
        assertViewsAreRight();
        given().post("/api/admin/rebuilds/{id}/rollback", id).then().statusCode(409);
    }

    @Test
    void aGenerationOfAnOlderReleaseIsNotBroughtBack() {
        long id = begin();
        awaitState(id, "DONE");
        long generation = count(GENERATION);
        pool.query("ALTER TABLE views_previous.view_source RENAME TO of_no_file")
                .executeAndAwait();

        given().post("/api/admin/rebuilds/{id}/rollback", id)
                .then()
                .statusCode(409)
                .body("detail", containsString("older release"));

        assertThat(count(GENERATION)).isEqualTo(generation);
        assertThat(given().get("/api/admin/rebuilds/{id}", id).jsonPath().getString("state"))
                .isEqualTo("DONE");
    }

    @Test
    void whatAnOlderReleaseHasBegunIsBegunAnew() {
        pool.query("CREATE SCHEMA views_next;" + " INSERT INTO public.rebuild (state, attempt) VALUES ('FILLING', 1)")
                .executeAndAwait();

        JsonPath done = awaitState(count("SELECT max(id) FROM public.rebuild"), "DONE");

        assertThat(done.getInt("attempt")).isEqualTo(2);
        assertViewsAreRight();
    }

    @Test
    void aTopicThatWasMadeAnewOnceAndIsReadNoMoreHoldsNothingUp() {
        run(
                """
                INSERT INTO views.projection_position (topic, partition, next_offset, seen_offset, epoch, owner, base)
                VALUES ('left-out', 0, 10, 10, 1, 'a former release', 5)
                """);
        try {
            long id = given().post("/api/admin/rebuilds?hold=true")
                    .then()
                    .statusCode(202)
                    .extract()
                    .jsonPath()
                    .getLong("id");
            await().atMost(PATIENCE)
                    .until(() -> is("state = 'HELD' AND changes IS NOT NULL FROM public.rebuild WHERE id = " + id));

            given().post("/api/admin/rebuilds/{id}/exchange", id).then().statusCode(202);

            awaitState(id, "DONE");
        } finally {
            run("UPDATE public.rebuild SET cancel_requested = true WHERE finished_at IS NULL;"
                    + " DELETE FROM views.projection_position WHERE topic = 'left-out'");
        }
    }

    @Test
    void aRowStaysWhoseLastReadableEventCompactionHasRemoved() {
        long id = 79_000_001;
        try (UserTopic topic = new UserTopic()) {
            topic.rubbish(id, "rubbish");
            await().atMost(PATIENCE)
                    .until(() -> count("SELECT count(*) FROM views.dead_letter WHERE row_key = '79000001'") == 1);
            // As if its event had stood before the one that cannot be read.
            pool.query("INSERT INTO views.user_view (user_id, name, email, department, status, created_at, updated_at,"
                            + " version, source_offset)"
                            + " VALUES (79000001, 'n', 'e@example.com', 'compacted', 'ACTIVE', now(), now(), 1, -1)")
                    .executeAndAwait();

            awaitState(begin(), "DONE");

            assertThat(count("SELECT count(*) FROM views.user_view WHERE user_id = 79000001"))
                    .isEqualTo(1);
            assertViewsAreRight();
            topic.rubbish(id, (byte[]) null);
            await().atMost(PATIENCE)
                    .until(() -> count("SELECT count(*) FROM views.user_view WHERE user_id = 79000001") == 0);
        }
    }

    @Test
    void rightsGrantedByHandAreKept() {
        runAsSuperuser("CREATE ROLE reporting; GRANT USAGE ON SCHEMA views TO reporting;"
                + " GRANT SELECT ON views.user_view, views.department_stats TO reporting");
        try {
            awaitState(begin(), "DONE");

            for (Row row : pool.query(
                            """
                            SELECT has_schema_privilege('reporting', 'views', 'USAGE')
                                   AND has_table_privilege('reporting', 'views.user_view', 'SELECT')
                                   AND has_table_privilege('reporting', 'views.department_stats', 'SELECT')
                            """)
                    .executeAndAwait()) {
                assertThat(row.getBoolean(0)).isTrue();
            }
        } finally {
            runAsSuperuser("DROP OWNED BY reporting; DROP ROLE reporting");
        }
    }

    private void assertViewsAreRight() {
        await().atMost(PATIENCE).until(() -> count(USER_ERRORS) == 0);
        assertThat(count(STATS_ERRORS)).isZero();
    }

    private static long update(long id, String name) {
        return given().contentType(ContentType.JSON)
                .body(Map.of("name", name, "email", "someone@example.com", "department", "d", "status", "ACTIVE"))
                .put("/api/users/{id}", id)
                .then()
                .statusCode(200)
                .extract()
                .jsonPath()
                .getLong("version");
    }
}
