package io.streamviews.rebuild;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.streamviews.EmbeddedServersResource;
import io.vertx.mutiny.sqlclient.SqlConnection;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Rebuilds that are refused, cancelled or given up: the live generation stays. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class RebuildRefusalTest extends RebuildRequests {

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
                    // once it is being filled: before, it would be taken away again, since the live views have no such
                    // thing
                    pool.query("SELECT FROM views_next.deferred_index;"
                                    + " ALTER TABLE views_next.user_view ADD CHECK (department <> 'refused')")
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
        runAsSuperuser("CREATE VIEW public.report AS SELECT user_id FROM views.user_view");
        try {
            assertThat(awaitState(begin(), "FAILED").getString("error"))
                    .contains("would be left with the former generation")
                    .contains("public.report");
        } finally {
            runAsSuperuser("DROP VIEW public.report");
        }
    }

    @Test
    void oneThatIsRefusedBeforeItBeginsLeavesTheWayBack() {
        long generation = count(GENERATION);
        long done = begin();
        awaitState(done, "DONE");
        runAsSuperuser("CREATE VIEW public.report AS SELECT user_id FROM views.user_view");
        try {
            awaitState(begin(), "FAILED");
        } finally {
            runAsSuperuser("DROP VIEW public.report");
        }

        given().post("/api/admin/rebuilds/{id}/rollback", done)
                .then()
                .statusCode(200)
                .body("state", equalTo("ROLLED_BACK"));

        assertThat(count(GENERATION)).isEqualTo(generation);
        given().post("/api/admin/rebuilds/{id}/rollback", done).then().statusCode(409);
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
    void whatOneChangesIsNotSaidToBeNothingWhileItIsFoundOut() {
        pool.query("INSERT INTO public.rebuild (state, attempt, views) VALUES ('COMPARING', 1, 'of another release')")
                .executeAndAwait();
        try {
            given().get("/api/admin/rebuilds/{id}/changes", last())
                    .then()
                    .statusCode(409)
                    .contentType("application/problem+json");
        } finally {
            pool.query("UPDATE public.rebuild SET state = 'CANCELLED', finished_at = now() WHERE finished_at IS NULL")
                    .executeAndAwait();
        }
    }

    @Test
    void unknownOnesAreNotFound() {
        given().get("/api/admin/rebuilds/999999").then().statusCode(404);
        given().delete("/api/admin/rebuilds/999999").then().statusCode(404);
        given().post("/api/admin/rebuilds/999999/rollback").then().statusCode(404);
    }

    private long last() {
        return count("SELECT max(id) FROM public.rebuild");
    }
}
