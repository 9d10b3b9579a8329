package io.streamviews.rebuild;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.streamviews.EmbeddedServersResource;
import io.vertx.mutiny.sqlclient.SqlConnection;
import org.junit.jupiter.api.Test;

/** What would be left with the former generation is named before a rebuild begins, and nothing is exchanged. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class LeftBehindTest extends RebuildRequests {

    @Test
    void eachObjectThatDependsOnTheViewsIsNamed() {
        refused(
                """
                CREATE SCHEMA mine;
                CREATE VIEW mine.of_base AS SELECT user_id FROM views.user_view;
                CREATE VIEW mine.of_derived AS SELECT * FROM views.department_stats;
                CREATE MATERIALIZED VIEW mine.kept AS SELECT * FROM views.user_view;
                CREATE TABLE mine.child () INHERITS (views.user_view);
                CREATE TABLE mine.sale (post_id bigint REFERENCES views.post_view);
                CREATE FUNCTION mine.users() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM views.user_view; END;
                CREATE FUNCTION mine.name(views.user_view) RETURNS text LANGUAGE sql RETURN ($1).name;
                CREATE TABLE views.mine (id integer);
                CREATE TYPE views.color AS ENUM ('red');
                CREATE OPERATOR views.<-> (FUNCTION = int4mi, LEFTARG = integer, RIGHTARG = integer);
                CREATE TEXT SEARCH CONFIGURATION views.korean (COPY = simple);
                CREATE RULE tell AS ON DELETE TO views.user_view DO ALSO NOTIFY gone;
                CREATE PUBLICATION whole FOR TABLE views.user_view;
                """,
                """
                DROP PUBLICATION whole;
                DROP RULE tell ON views.user_view;
                DROP TEXT SEARCH CONFIGURATION views.korean;
                DROP OPERATOR views.<-> (integer, integer);
                DROP TYPE views.color;
                DROP TABLE views.mine;
                DROP SCHEMA mine CASCADE;
                """,
                "view mine.of_base",
                "view mine.of_derived",
                "view mine.kept",
                "table mine.child",
                "table constraint sale_post_id_fkey on mine.sale",
                "function mine.users()",
                "function mine.name(views.user_view)",
                "table views.mine",
                "type views.color",
                "operator views.<->",
                "text search configuration views.korean",
                "rule tell on views.user_view",
                "views.user_view in publication whole");
    }

    @Test
    void eachPublicationOfNewerVersionsIsNamed() {
        assumeThat(count("SELECT current_setting('server_version_num')::bigint"))
                .as("PostgreSQL 14 publishes tables as a whole")
                .isGreaterThanOrEqualTo(150_000);
        refused(
                """
                CREATE PUBLICATION part FOR TABLE views.post_view (post_id, title) WHERE (post_id > 7);
                CREATE PUBLICATION everything FOR TABLES IN SCHEMA views;
                """,
                "DROP PUBLICATION part, everything",
                "views.post_view in publication part",
                "views in publication everything");
    }

    @Test
    void eachChangeOfATableThatCannotBeMadeAgainIsNamed() {
        refused(
                """
                ALTER TABLE views.user_view ADD mine text, ALTER email SET DEFAULT 'none', ALTER name DROP NOT NULL,
                    ALTER status SET STORAGE EXTERNAL, ADD CONSTRAINT twice UNIQUE (user_id, email);
                ALTER TABLE views.post_view ADD CONSTRAINT written FOREIGN KEY (post_id) REFERENCES public.posts NOT VALID;
                """,
                """
                ALTER TABLE views.post_view DROP CONSTRAINT written;
                ALTER TABLE views.user_view DROP mine, ALTER email DROP DEFAULT, ALTER name SET NOT NULL,
                    ALTER status SET STORAGE EXTENDED, DROP CONSTRAINT twice;
                """,
                "column views.user_view.mine",
                "column views.user_view.email",
                "column views.user_view.name",
                "column views.user_view.status",
                "table constraint twice on views.user_view",
                "table constraint written on views.post_view");
    }

    @Test
    void aRightThatIsNotTheOwnersGiftIsNamed() {
        refused(
                """
                CREATE ROLE a; CREATE ROLE b; GRANT USAGE ON SCHEMA views TO a;
                GRANT SELECT ON views.user_view TO a WITH GRANT OPTION;
                SET ROLE a; GRANT SELECT ON views.user_view TO b; RESET ROLE;
                """,
                "DROP OWNED BY a, b; DROP ROLE a, b",
                "SELECT on table views.user_view to b, granted by a");
    }

    @Test
    void whatIsMadeJustBeforeTheExchangeIsNamedToo() {
        long generation = count(GENERATION);
        SqlConnection positions = pool.getConnectionAndAwait();
        try {
            positions
                    .query("BEGIN; LOCK TABLE views.projection_position IN ROW SHARE MODE")
                    .executeAndAwait();
            long id = begin();
            await().atMost(PATIENCE)
                    .until(() -> count("SELECT count(*) FROM public.rebuild WHERE state = 'SWAPPING'") == 1);
            runAsSuperuser("CREATE VIEW public.late AS SELECT user_id FROM views.user_view");
            positions.query("ROLLBACK").executeAndAwait();

            assertThat(awaitState(id, "FAILED").getString("error")).contains("view public.late");
        } finally {
            positions.closeAndAwait();
            runAsSuperuser("DROP VIEW public.late");
        }
        assertThat(count(GENERATION)).isEqualTo(generation);
    }

    @Test
    void theFormerGenerationIsNotDroppedFromUnderWhatReadsIt() {
        awaitState(begin(), "DONE");
        runAsSuperuser("CREATE VIEW public.old AS SELECT user_id FROM views_previous.user_view");
        try {
            assertThat(awaitState(begin(), "FAILED").getString("error"))
                    .contains("depend on the former generation")
                    .contains("view public.old");
        } finally {
            runAsSuperuser("DROP VIEW public.old");
        }
    }

    private void refused(String make, String drop, String... named) {
        long generation = count(GENERATION);
        runAsSuperuser(make);
        try {
            assertThat(awaitState(begin(), "FAILED").getString("error"))
                    .contains("would be left with the former generation")
                    .contains(named);
        } finally {
            runAsSuperuser(drop);
        }
        assertThat(count(GENERATION)).isEqualTo(generation);
    }
}
