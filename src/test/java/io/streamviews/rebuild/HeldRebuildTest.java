package io.streamviews.rebuild;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.streamviews.EmbeddedServersResource;
import io.vertx.mutiny.sqlclient.SqlConnection;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A rebuild that waits, for approval or for its exchange, while people go on working with the live views. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class HeldRebuildTest extends RebuildRequests {

    private static final String CREATE_TRIGGER =
            " CREATE TRIGGER made_late BEFORE INSERT ON %s.user_view FOR EACH ROW EXECUTE FUNCTION public.made_late()";

    private static final String MAKE =
            """
            CREATE INDEX made_late ON views.user_view (lower(name));
            ALTER TABLE views.user_view ADD CONSTRAINT made_late CHECK (version > -1);
            CREATE FUNCTION views.made_late() RETURNS integer LANGUAGE sql RETURN 1;
            """
                    + CREATE_TRIGGER.formatted("views");

    private static final String UNMAKE =
            """
            DROP INDEX IF EXISTS views.made_late;
            ALTER TABLE views.user_view DROP CONSTRAINT IF EXISTS made_late;
            DROP FUNCTION IF EXISTS views.made_late();
            """;

    private static final String IS_MADE =
            """
            to_regclass('views.made_late') IS NOT NULL AND to_regprocedure('views.made_late()') IS NOT NULL
            AND EXISTS (SELECT FROM pg_constraint WHERE conname = 'made_late' AND conrelid = 'views.user_view'::regclass)
            AND EXISTS (SELECT FROM pg_trigger WHERE tgname = 'made_late' AND tgrelid = 'views.user_view'::regclass)
            """;

    private static final String OTHER_FILES =
            "UPDATE %s.view_source SET declaration = declaration || '{\"keyFormat\": \"json\"}'";

    @BeforeEach
    void createFunction() {
        runAsSuperuser(
                "CREATE FUNCTION public.made_late() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'");
    }

    @AfterEach
    void cleanUp() {
        run(UNMAKE);
        runAsSuperuser("DROP FUNCTION public.made_late() CASCADE");
    }

    @Test
    void takesAlongWhatPeopleMakeMeanwhile() {
        long generation = count(GENERATION);
        long id = held();
        run(MAKE);

        approve(id);

        awaitState(id, "DONE");
        assertThat(count(GENERATION)).isNotEqualTo(generation);
        assertThat(is(IS_MADE)).isTrue();
    }

    @Test
    void takesAlongWhatIsMadeJustBeforeTheExchange() {
        long generation = count(GENERATION);
        SqlConnection positions = pool.getConnectionAndAwait();
        try {
            positions
                    .query("BEGIN; LOCK TABLE views.projection_position IN ROW SHARE MODE")
                    .executeAndAwait();
            long id = begin();
            await("Batches that are held back")
                    .atMost(PATIENCE)
                    .until(() -> count("SELECT count(*) FROM pg_locks WHERE mode = 'ExclusiveLock' AND NOT granted"
                                    + " AND relation = 'views.projection_position'::regclass")
                            == 1);
            run(MAKE);
            positions.query("ROLLBACK").executeAndAwait();

            awaitState(id, "DONE");
        } finally {
            positions.closeAndAwait();
        }
        assertThat(count(GENERATION)).isNotEqualTo(generation);
        assertThat(is(IS_MADE)).isTrue();
    }

    @Test
    void doesNotBringBackWhatIsDroppedMeanwhileNorDoesARollBack() {
        run("ALTER TABLE views.user_view ADD CONSTRAINT made_late CHECK (version > -1)");
        long id = held();
        run("ALTER TABLE views.user_view DROP CONSTRAINT made_late");

        approve(id);

        awaitState(id, "DONE");
        assertThat(constraintsAndTriggers()).isZero();
        run("ALTER TABLE views_previous.user_view ADD CONSTRAINT made_late CHECK (version > -1);"
                + CREATE_TRIGGER.formatted("views_previous"));
        given().post("/api/admin/rebuilds/{id}/rollback", id).then().statusCode(200);
        assertThat(constraintsAndTriggers()).isZero();
    }

    @Test
    void isBegunAnewIfTheGenerationIsNotOfItsFilesAnyMore() {
        long id = held();
        run(OTHER_FILES.formatted("views_next"));

        approve(id);

        assertThat(awaitState(id, "DONE").getInt("attempt")).isEqualTo(2);
        assertThat(count("SELECT count(*) FROM views.view_source WHERE declaration ->> 'keyFormat' = 'json'"))
                .isZero();
    }

    @Test
    void isBegunAnewIfAProcessThatHadLostAnotherOneHasMadeTheSchema() {
        long lost = held();
        run(OTHER_FILES.formatted("views_next") + "; ALTER SCHEMA views_next RENAME TO of_other_files");
        given().delete("/api/admin/rebuilds/{id}", lost).then().statusCode(202);
        awaitState(lost, "CANCELLED");
        SqlConnection process = pool.getConnectionAndAwait();
        long id;
        try {
            process.query("BEGIN; SELECT pg_advisory_xact_lock(7239378213491)").executeAndAwait();
            id = begin();
            await("Who makes the schema")
                    .atMost(PATIENCE)
                    .until(() -> is("EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)"));

            process.query("ALTER SCHEMA of_other_files RENAME TO views_next; COMMIT")
                    .executeAndAwait();
        } finally {
            process.closeAndAwait();
        }

        assertThat(awaitState(id, "DONE").getInt("attempt")).isEqualTo(2);
        assertThat(is("EXISTS (SELECT FROM views.view_source WHERE declaration ->> 'keyFormat' = 'json')"))
                .isFalse();
    }

    @Test
    void isNotGivenUpHoweverManyProcessesHaveEndedSinceItWasHeldFirst() {
        run("INSERT INTO public.rebuild (state, attempt, hold, changes) VALUES ('CATCHING_UP', 12, true, '[]')");
        long id = count("SELECT max(id) FROM public.rebuild");

        awaitHeld(id);

        given().delete("/api/admin/rebuilds/{id}", id).then().statusCode(202);
        awaitState(id, "CANCELLED");
    }

    private static long held() {
        long id = given().post("/api/admin/rebuilds?hold=true")
                .then()
                .statusCode(202)
                .extract()
                .jsonPath()
                .getLong("id");
        awaitHeld(id);
        return id;
    }

    private static void awaitHeld(long id) {
        await().atMost(PATIENCE).until(() -> state(id).equals("HELD"));
    }

    private static void approve(long id) {
        given().post("/api/admin/rebuilds/{id}/exchange", id).then().statusCode(202);
    }

    private static long constraintsAndTriggers() {
        return count(
                "SELECT (SELECT count(*) FROM pg_constraint"
                        + " WHERE conname = 'made_late' AND conrelid = 'views.user_view'::regclass)"
                        + " + (SELECT count(*) FROM pg_trigger WHERE tgname = 'made_late' AND tgrelid = 'views.user_view'::regclass)");
    }

    private static String state(long id) {
        return given().get("/api/admin/rebuilds/{id}", id).jsonPath().getString("state");
    }
}
