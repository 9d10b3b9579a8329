package io.streamviews.rebuild;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.streamviews.EmbeddedServersResource;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A rebuild, from the outside: by REST, with a real broker and a real database. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class RebuildTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String USER_ERRORS =
            """
            SELECT count(*) FROM views.user_view v FULL JOIN public.users u ON u.id = v.user_id
            WHERE (v.name, v.email, v.department, v.status, v.version)
                  IS DISTINCT FROM (u.name, u.email, u.department, u.status, u.version)
            """;
    private static final String STATS_ERRORS =
            """
            SELECT count(*) FROM (
                (SELECT department, user_count FROM views.department_stats
                 EXCEPT ALL SELECT department, user_count FROM views.department_stats_definition)
                UNION ALL
                (SELECT department, user_count FROM views.department_stats_definition
                 EXCEPT ALL SELECT department, user_count FROM views.department_stats)) AS e
            """;
    private static final String GENERATION = "SELECT 'views.user_view'::regclass::oid::bigint";

    @Inject
    Pool pool;

    @BeforeEach
    void awaitTheEndOfAnyOther() {
        await().atMost(PATIENCE)
                .until(() -> count("SELECT count(*) FROM public.rebuild WHERE finished_at IS NULL") == 0);
        await().atMost(PATIENCE).until(() -> count(USER_ERRORS) == 0);
    }

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
    void oneIsEnough() {
        SqlConnection connection = pool.getConnectionAndAwait();
        // Nobody begins while the test has the lock.
        connection.query("SELECT pg_advisory_lock(7239378213490)").executeAndAwait();
        try {
            long id = begin();
            given().post("/api/admin/rebuilds").then().statusCode(409).contentType("application/problem+json");
            given().post("/api/admin/rebuilds/{id}/rollback", id).then().statusCode(409);
            given().delete("/api/admin/rebuilds/{id}", id)
                    .then()
                    .statusCode(202)
                    .body("cancelRequested", equalTo(true));
        } finally {
            connection.query("SELECT pg_advisory_unlock(7239378213490)").executeAndAwait();
            connection.closeAndAwait();
        }
        awaitState(last(), "CANCELLED");
        assertThat(count("SELECT count(*) FROM pg_namespace WHERE nspname = 'views_next'"))
                .isZero();
    }

    @Test
    void aGenerationThatCannotTakeWhatTheLiveOneTookIsRefused() {
        long user = createUser("Refused", "refused");
        awaitUser(user);
        long generation = count(GENERATION);
        long id = begin();
        // A row that PostgreSQL would take, and did, until somebody makes it refuse.
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(1))
                .ignoreExceptions()
                .until(() -> {
                    pool.query("ALTER TABLE views_next.user_view ADD CHECK (department <> 'refused')")
                            .executeAndAwait();
                    return true;
                });

        JsonPath failed = awaitState(id, "FAILED");

        assertThat(failed.getString("error"))
                .contains("cannot be applied any more")
                .contains("user-events");
        assertThat(count(GENERATION)).isEqualTo(generation);
        given().get("/api/posts/users/{id}", user).then().statusCode(200);
        given().delete("/api/admin/rebuilds/{id}", id).then().statusCode(409);
    }

    @Test
    void whatWouldBeLeftWithTheFormerGenerationIsNamedFirst() {
        pool.query("CREATE VIEW public.report AS SELECT user_id FROM views.user_view")
                .executeAndAwait();
        try {
            assertThat(awaitState(begin(), "FAILED").getString("error"))
                    .contains("would be left with the former generation")
                    .contains("public.report");
        } finally {
            pool.query("DROP VIEW public.report").executeAndAwait();
        }
    }

    @Test
    void rightsGrantedByHandAreKept() {
        pool.query("CREATE ROLE reporting; GRANT USAGE ON SCHEMA views TO reporting;"
                        + " GRANT SELECT ON views.user_view, views.department_stats TO reporting")
                .executeAndAwait();
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
            pool.query("DROP OWNED BY reporting; DROP ROLE reporting").executeAndAwait();
        }
    }

    @Test
    void oneThatTooManyProcessesHaveDiedOverIsGivenUp() {
        long generation = count(GENERATION);
        pool.query("INSERT INTO public.rebuild (state, attempt) VALUES ('FILLING', 10)")
                .executeAndAwait();

        JsonPath abandoned = awaitState(last(), "ABANDONED");

        assertThat(abandoned.getString("error")).contains("Given up after 10 attempts");
        assertThat(count(GENERATION)).isEqualTo(generation);
    }

    @Test
    void unknownOnesAreNotFound() {
        given().get("/api/admin/rebuilds/999999").then().statusCode(404);
        given().delete("/api/admin/rebuilds/999999").then().statusCode(404);
        given().post("/api/admin/rebuilds/999999/rollback").then().statusCode(404);
    }

    private static long begin() {
        var begun = given().post("/api/admin/rebuilds").then().statusCode(202).extract();
        long id = begun.jsonPath().getLong("id");
        assertThat(begun.header("Location")).endsWith("/api/admin/rebuilds/" + id);
        assertThat(begun.jsonPath().getString("state")).isEqualTo("PREPARING");
        return id;
    }

    private static JsonPath awaitState(long id, String state) {
        await().atMost(PATIENCE)
                .until(() ->
                        given().get("/api/admin/rebuilds/{id}", id).jsonPath().get("finishedAt") != null);
        JsonPath rebuild = given().get("/api/admin/rebuilds/{id}", id).jsonPath();
        assertThat(rebuild.getString("state")).as(rebuild.prettify()).isEqualTo(state);
        return rebuild;
    }

    private long last() {
        return count("SELECT max(id) FROM public.rebuild");
    }

    private void assertViewsAreRight() {
        await().atMost(PATIENCE).until(() -> count(USER_ERRORS) == 0);
        assertThat(count(STATS_ERRORS)).isZero();
    }

    private static long createUser(String name, String department) {
        return given().contentType(ContentType.JSON)
                .body(Map.of("name", name, "email", "someone@example.com", "department", department))
                .post("/api/users")
                .then()
                .statusCode(201)
                .extract()
                .jsonPath()
                .getLong("id");
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

    private static void awaitUser(long id) {
        await().atMost(PATIENCE)
                .until(() -> given().get("/api/posts/users/{id}", id).statusCode() == 200);
    }

    private long count(String sql) {
        return pool.preparedQuery(sql)
                .executeAndAwait(Tuple.tuple())
                .iterator()
                .next()
                .getLong(0);
    }
}
