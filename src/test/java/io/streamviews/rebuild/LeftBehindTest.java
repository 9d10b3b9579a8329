package io.streamviews.rebuild;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.streamviews.EmbeddedServersResource;
import io.vertx.mutiny.sqlclient.SqlConnection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What would be left with the former generation is named before a rebuild begins, and nothing is exchanged. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class LeftBehindTest extends RebuildRequests {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            CREATE VIEW public.mine AS SELECT user_id FROM views.user_view | DROP VIEW public.mine | view public.mine
            CREATE VIEW public.mine AS SELECT * FROM views.department_stats | DROP VIEW public.mine | view public.mine
            CREATE MATERIALIZED VIEW public.mine AS SELECT * FROM views.user_view | DROP MATERIALIZED VIEW public.mine | view public.mine
            CREATE TABLE views.mine (id integer) | DROP TABLE views.mine | table views.mine
            CREATE TABLE public.mine () INHERITS (views.user_view) | DROP TABLE public.mine | table public.mine
            CREATE TYPE views.mine AS ENUM ('a') | DROP TYPE views.mine | type views.mine
            ALTER TABLE views.user_view ADD mine text | ALTER TABLE views.user_view DROP mine | column views.user_view.mine
            ALTER TABLE views.user_view ALTER email SET DEFAULT 'x' | ALTER TABLE views.user_view ALTER email DROP DEFAULT | column views.user_view.email
            ALTER TABLE views.user_view ADD CONSTRAINT mine UNIQUE (user_id, email) | ALTER TABLE views.user_view DROP CONSTRAINT mine | table constraint mine on views.user_view
            CREATE TABLE public.mine (id bigint REFERENCES views.post_view) | DROP TABLE public.mine | table constraint mine_id_fkey on public.mine
            ALTER TABLE views.post_view ADD CONSTRAINT mine FOREIGN KEY (post_id) REFERENCES public.posts NOT VALID | ALTER TABLE views.post_view DROP CONSTRAINT mine | table constraint mine on views.post_view
            CREATE RULE mine AS ON DELETE TO views.user_view DO ALSO NOTIFY x | DROP RULE mine ON views.user_view | rule mine on views.user_view
            CREATE PUBLICATION mine FOR TABLE views.user_view | DROP PUBLICATION mine | views.user_view in publication mine
            CREATE PUBLICATION mine FOR TABLE views.user_view (user_id, name) WHERE (user_id > 7) | DROP PUBLICATION mine | views.user_view in publication mine
            CREATE PUBLICATION mine FOR TABLES IN SCHEMA views | DROP PUBLICATION mine | views in publication mine
            CREATE FUNCTION public.mine() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM views.user_view; END | DROP FUNCTION public.mine() | function public.mine()
            CREATE FUNCTION public.mine(views.user_view) RETURNS integer LANGUAGE sql RETURN 1 | DROP FUNCTION public.mine(views.user_view) | function public.mine(views.user_view)
            CREATE OPERATOR views.<-> (FUNCTION = int4mi, LEFTARG = integer, RIGHTARG = integer) | DROP OPERATOR views.<-> (integer, integer) | operator views.<->
            CREATE TEXT SEARCH CONFIGURATION views.mine (COPY = english) | DROP TEXT SEARCH CONFIGURATION views.mine | text search configuration views.mine
            CREATE ROLE a; CREATE ROLE b; GRANT USAGE ON SCHEMA views TO a; GRANT SELECT ON views.user_view TO a WITH GRANT OPTION; SET ROLE a; GRANT SELECT ON views.user_view TO b; RESET ROLE | DROP OWNED BY a, b; DROP ROLE a, b | SELECT on table views.user_view to b, granted by a
            """)
    void isNamed(String make, String drop, String named) {
        long generation = count(GENERATION);
        run(make);
        try {
            assertThat(awaitState(begin(), "FAILED").getString("error"))
                    .contains("would be left with the former generation")
                    .contains(named);
        } finally {
            run(drop);
        }
        assertThat(count(GENERATION)).isEqualTo(generation);
    }

    @Test
    void allOfItIsNamedAtOnce() {
        run("CREATE VIEW public.one AS SELECT * FROM views.user_view; CREATE PUBLICATION two FOR TABLE views.post_view;"
                + " CREATE TABLE views.three (id integer)");
        try {
            assertThat(awaitState(begin(), "FAILED").getString("error"))
                    .endsWith(
                            "publication relation views.post_view in publication two; table views.three; view public.one");
        } finally {
            run("DROP VIEW public.one; DROP PUBLICATION two; DROP TABLE views.three");
        }
    }

    @Test
    void aDefinitionThatIsMadeJustBeforeTheExchangeIsNamedToo() {
        long generation = count(GENERATION);
        SqlConnection positions = pool.getConnectionAndAwait();
        try {
            positions
                    .query("BEGIN; LOCK TABLE views.projection_position IN ROW SHARE MODE")
                    .executeAndAwait();
            long id = begin();
            await().atMost(PATIENCE)
                    .until(() -> count("SELECT count(*) FROM public.rebuild WHERE state = 'SWAPPING'") == 1);
            run("CREATE INDEX by_name ON views.user_view (name)");
            positions.query("ROLLBACK").executeAndAwait();

            assertThat(awaitState(id, "FAILED").getString("error")).contains("index views.by_name");
        } finally {
            positions.closeAndAwait();
            run("DROP INDEX IF EXISTS views.by_name");
        }
        assertThat(count(GENERATION)).isEqualTo(generation);
    }

    @Test
    void theFormerGenerationIsNotDroppedFromUnderWhatReadsIt() {
        awaitState(begin(), "DONE");
        run("CREATE VIEW public.old AS SELECT user_id FROM views_previous.user_view");
        try {
            assertThat(awaitState(begin(), "FAILED").getString("error"))
                    .contains("depend on the former generation")
                    .contains("view public.old");
        } finally {
            run("DROP VIEW public.old");
        }
    }
}
