package io.streamviews.user.erasure;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.streamviews.EmbeddedServersResource;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.pgclient.PgException;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** An erasure where something else happens to generations, or has happened to a view. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class ErasureBesideOthersTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String DEADLOCK = "40P01";

    @Inject
    Pool pool;

    private SqlConnection other;

    @AfterEach
    void showAll() {
        if (other != null) {
            other.closeAndAwait();
        }
        run("DROP SCHEMA IF EXISTS dropped CASCADE; UPDATE public.erasure SET state = 'DONE';"
                + " DELETE FROM public.erased_row; SELECT nextval('public.erasure_arrival')");
    }

    @Test
    void whoDropsAGenerationOrTheErasureGivesWayAtOnceWhereTheyWaitForEachOther() {
        long user = create();
        run(
                """
                CREATE SCHEMA dropped;
                CREATE TABLE dropped.projection_position AS TABLE views.projection_position;
                CREATE TABLE dropped.tombstone (LIKE views.tombstone INCLUDING INDEXES);
                CREATE TABLE dropped.dead_letter (LIKE views.dead_letter);
                CREATE TABLE dropped.user_view AS TABLE views.user_view;
                CREATE TABLE dropped.view_source AS TABLE views.view_source;
                """);
        other = pool.getConnectionAndAwait();
        // who drops it has come to one of the tables, and comes to the others later
        other.query("BEGIN; LOCK TABLE dropped.view_source").executeAndAwait();
        long id = erase(user);
        await("The erasure")
                .atMost(PATIENCE)
                .until(
                        () -> holds(
                                "EXISTS (SELECT FROM pg_locks WHERE relation = 'dropped.view_source'::regclass AND NOT granted)"));

        String refused = other.query("DROP SCHEMA dropped CASCADE; COMMIT")
                .execute()
                .map(done -> "")
                .onFailure(PgException.class)
                .recoverWithUni(refusal -> other.query("ROLLBACK").execute().map(done -> refusal.getSqlState()))
                .await()
                .atMost(PATIENCE);

        if (!refused.equals(DEADLOCK)) {
            await("PostgreSQL's choice")
                    .atMost(PATIENCE)
                    .until(() -> holds("coalesce(waits_for, '') LIKE '%%%s' FROM public.erasure WHERE id = %d"
                            .formatted(DEADLOCK, id)));
        }
        awaitErased(id);
    }

    @Test
    void theCertificateNamesADerivedViewThatHoldsWhatItHeldSinceItIsSuspended() {
        long user = create();
        run("SELECT views.suspend('department_stats', 'a test')");
        try {
            long id = erase(user);

            assertThat(awaitErased(id).getList("remains.place", String.class)).contains("views.department_stats");
            assertThat(given().get("/api/admin/erasures?limit=1000")
                            .jsonPath()
                            .getList("find { it.id == %d }.remains.place".formatted(id), String.class))
                    .contains("views.department_stats");
            run("CALL views.resume('views', 'department_stats')");
            assertThat(certificate(id).getList("remains.place", String.class)).doesNotContain("views.department_stats");
        } finally {
            run("CALL views.resume('views', 'department_stats')");
        }
    }

    private static long create() {
        return given().contentType(ContentType.JSON)
                .body(Map.of("name", "Jo", "email", "jo@example.com", "department", "d"))
                .post("/api/users")
                .then()
                .statusCode(201)
                .extract()
                .jsonPath()
                .getLong("id");
    }

    private static long erase(long user) {
        return given().contentType(ContentType.JSON)
                .body(Map.of("subject", "user:" + user))
                .post("/api/admin/erasures")
                .then()
                .statusCode(202)
                .extract()
                .jsonPath()
                .getLong("id");
    }

    private static JsonPath awaitErased(long id) {
        return await().atMost(PATIENCE).until(() -> certificate(id), found -> found.get("erasedAt") != null);
    }

    private static JsonPath certificate(long id) {
        return given().get("/api/admin/erasures/{id}", id).jsonPath();
    }

    private void run(String sql) {
        pool.query(sql).executeAndAwait();
    }

    private boolean holds(String condition) {
        return pool.query("SELECT " + condition)
                .executeAndAwait()
                .iterator()
                .next()
                .getBoolean(0);
    }
}
