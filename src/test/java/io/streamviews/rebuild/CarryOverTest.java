package io.streamviews.rebuild;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.streamviews.EmbeddedServersResource;
import io.vertx.mutiny.sqlclient.SqlConnection;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What people have allowed, forbidden or made on the live views holds for the generation that takes their place. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class CarryOverTest extends RebuildRequests {

    private static final String USERS = "SELECT count(*) FROM views.user_view";

    private static final String TENANTS_SEE_THEIR_DEPARTMENT =
            """
            ALTER TABLE views.user_view ENABLE ROW LEVEL SECURITY;
            CREATE POLICY own ON views.user_view TO tenant USING (department = current_user
                AND EXISTS (SELECT FROM views.post_stats_definition s HAVING count(*) >= 0))
            """;

    private static final String CLEAN_UP =
            """
            DROP POLICY IF EXISTS own ON views.user_view;
            DROP POLICY IF EXISTS application ON views.user_view;
            ALTER TABLE views.user_view DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;
            REASSIGN OWNED BY tenant TO streamviews;
            DROP OWNED BY tenant;
            DROP ROLE tenant;
            """;

    @BeforeEach
    void createTenant() {
        runAsSuperuser("CREATE ROLE tenant; GRANT USAGE ON SCHEMA views TO tenant");
        awaitUser(createUser("Own", "tenant"));
        awaitUser(createUser("Other", "others"));
    }

    @AfterEach
    void dropTenant() {
        runAsSuperuser(CLEAN_UP);
    }

    @Test
    void rowLevelSecurityIsInForce() {
        run("GRANT SELECT ON views.user_view, views.post_stats_definition TO tenant");
        run(TENANTS_SEE_THEIR_DEPARTMENT);
        // Then the policies are for the application, too.
        run("CREATE POLICY application ON views.user_view TO streamviews USING (true);"
                + " ALTER TABLE views.user_view FORCE ROW LEVEL SECURITY");
        long own = count(USERS + " WHERE department = 'tenant'");
        assertThat(countAs("tenant", USERS)).isEqualTo(own).isLessThan(count(USERS));

        awaitState(begin(), "DONE");

        assertThat(countAs("tenant", USERS)).isEqualTo(own).isLessThan(count(USERS));
        assertThat(is("relforcerowsecurity FROM pg_class WHERE oid = 'views.user_view'::regclass"))
                .isTrue();
        assertThat(is("EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_policy'::regclass"
                        + " AND refobjid = 'views.post_stats_definition'::regclass)"))
                .isTrue();
    }

    @Test
    void rightsOnColumnsAreThatAndNoMore() {
        run("GRANT SELECT (user_id, department) ON views.user_view TO tenant");

        awaitState(begin(), "DONE");

        assertThat(countAs("tenant", "SELECT count(user_id) FROM views.user_view WHERE department = 'tenant'"))
                .isPositive();
        assertThatThrownBy(() -> countAs("tenant", "SELECT count(email) FROM views.user_view"))
                .hasMessageContaining("permission denied");
    }

    @Test
    void mayGrantOnWhoMightBefore() {
        run("GRANT SELECT ON views.user_view TO tenant WITH GRANT OPTION; GRANT SELECT ON views.post_view TO tenant");

        awaitState(begin(), "DONE");

        assertThat(is("has_table_privilege('tenant', 'views.user_view', 'SELECT WITH GRANT OPTION')"))
                .isTrue();
        assertThat(is("has_table_privilege('tenant', 'views.post_view', 'SELECT')"))
                .isTrue();
        assertThat(is("has_table_privilege('tenant', 'views.post_view', 'SELECT WITH GRANT OPTION')"))
                .isFalse();
    }

    @Test
    void whatEverybodyHasUnlessItIsRevokedStaysRevoked() {
        run("REVOKE EXECUTE ON FUNCTION views.department_key(text) FROM PUBLIC");
        try {
            awaitState(begin(), "DONE");

            assertThat(is("has_function_privilege('tenant', 'views.department_key(text)', 'EXECUTE')"))
                    .isFalse();
        } finally {
            run("GRANT EXECUTE ON FUNCTION views.department_key(text) TO PUBLIC");
        }
    }

    @Test
    void defaultPrivilegesHoldForWhatIsMadeLater() {
        run("ALTER DEFAULT PRIVILEGES IN SCHEMA views GRANT SELECT ON TABLES TO tenant");

        awaitState(begin(), "DONE");

        run("CREATE TABLE views.later (id integer)");
        try {
            assertThat(countAs("tenant", "SELECT count(*) FROM views.later")).isZero();
        } finally {
            run("DROP TABLE views.later");
        }
    }

    @Test
    void indexesAndStatisticsAndConstraintsAndSettingsAreThere() {
        // Who is to give something to another one is a member of both.
        runAsSuperuser("GRANT tenant TO streamviews; GRANT CREATE ON SCHEMA views TO tenant");
        run(
                """
                CREATE INDEX by_email ON views.user_view (lower(email));
                ALTER TABLE views.user_view CLUSTER ON user_view_pkey;
                CREATE STATISTICS views.places ON department, status FROM views.user_view;
                ALTER TABLE views.user_view ADD CONSTRAINT not_later CHECK (version > -1),
                    ALTER department SET STATISTICS 500, SET (autovacuum_vacuum_scale_factor = 0.01), REPLICA IDENTITY FULL;
                ALTER VIEW views.post_with_author SET (security_barrier = true);
                COMMENT ON COLUMN views.user_view.email IS 'personal; never print it';
                ALTER FUNCTION views.department_key(text) OWNER TO tenant;
                CREATE FUNCTION views.users() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM views.user_view; END;
                """);
        String state =
                """
                pg_get_indexdef('views.by_email'::regclass) LIKE '%views.user_view%lower(email)%'
                AND (SELECT indisclustered FROM pg_index WHERE indexrelid = 'views.user_view_pkey'::regclass)
                AND (SELECT stxrelid FROM pg_statistic_ext WHERE stxname = 'places' AND stxnamespace = 'views'::regnamespace)
                    = 'views.user_view'::regclass
                AND EXISTS (SELECT FROM pg_constraint WHERE conname = 'not_later' AND conrelid = 'views.user_view'::regclass)
                AND (SELECT attstattarget FROM pg_attribute
                     WHERE attrelid = 'views.user_view'::regclass AND attname = 'department') = 500
                AND (SELECT 'autovacuum_vacuum_scale_factor=0.01' = ANY (reloptions) AND relreplident = 'f' FROM pg_class
                     WHERE oid = 'views.user_view'::regclass)
                AND (SELECT 'security_barrier=true' = ANY (reloptions) FROM pg_class
                     WHERE oid = 'views.post_with_author'::regclass)
                AND col_description('views.user_view'::regclass, 3) = 'personal; never print it'
                AND (SELECT proowner FROM pg_proc WHERE oid = 'views.department_key(text)'::regprocedure) = 'tenant'::regrole
                AND views.users() = (SELECT count(*) FROM views.user_view)
                """;
        assertThat(is(state)).isTrue();
        try {
            awaitState(begin(), "DONE");

            assertThat(is(state)).isTrue();
        } finally {
            run(
                    """
                    DROP INDEX views.by_email; DROP STATISTICS views.places; DROP FUNCTION views.users();
                    ALTER TABLE views.user_view DROP CONSTRAINT not_later, ALTER department SET STATISTICS -1,
                        RESET (autovacuum_vacuum_scale_factor), REPLICA IDENTITY DEFAULT, SET WITHOUT CLUSTER;
                    ALTER VIEW views.post_with_author RESET (security_barrier);
                    COMMENT ON COLUMN views.user_view.email IS NULL;
                    """);
        }
    }

    @Test
    void aViewThatHidesSomethingGoesOnHidingIt() {
        String definition = "SELECT pg_get_viewdef('views.post_with_author'::regclass)";
        String before =
                pool.query(definition).executeAndAwait().iterator().next().getString(0);
        run("CREATE OR REPLACE VIEW views.post_with_author AS " + before.replace("u.email", "'hidden'::text"));
        try {
            awaitState(begin(), "DONE");

            assertThat(pool.query(definition)
                            .executeAndAwait()
                            .iterator()
                            .next()
                            .getString(0))
                    .contains("'hidden'");
        } finally {
            run("CREATE OR REPLACE VIEW views.post_with_author AS " + before);
        }
    }

    @Test
    void aTriggerFiresForWhatComesAndNotForWhatIsReadAgain() {
        runAsSuperuser(
                """
                CREATE TABLE public.seen (user_id bigint);
                GRANT INSERT ON public.seen TO streamviews;
                CREATE FUNCTION public.see() RETURNS trigger LANGUAGE plpgsql AS
                    'BEGIN INSERT INTO public.seen VALUES (NEW.user_id); RETURN NULL; END';
                CREATE TRIGGER see AFTER INSERT ON views.user_view FOR EACH ROW EXECUTE FUNCTION public.see()
                """);
        try {
            awaitState(begin(), "DONE");

            assertThat(count("SELECT count(*) FROM public.seen")).isZero();
            awaitUser(createUser("Seen", "others"));
            assertThat(count("SELECT count(*) FROM public.seen")).isEqualTo(1);
        } finally {
            runAsSuperuser(
                    "DROP TRIGGER see ON views.user_view; DROP FUNCTION public.see() CASCADE; DROP TABLE public.seen");
        }
    }

    @Test
    void whatIsForbiddenWhileTheRebuildGoesOnIsForbiddenAfterwards() {
        run("GRANT SELECT ON views.user_view, views.post_view, views.post_stats_definition TO tenant");
        SqlConnection positions = pool.getConnectionAndAwait();
        SqlConnection other = pool.getConnectionAndAwait();
        try {
            positions
                    .query("BEGIN; LOCK TABLE views.projection_position IN ROW SHARE MODE")
                    .executeAndAwait();
            long id = begin();
            await().atMost(PATIENCE).until(() -> state(id).equals("SWAPPING"));
            run(TENANTS_SEE_THEIR_DEPARTMENT);
            // Not committed yet when the generations are about to be exchanged.
            other.query("BEGIN; REVOKE SELECT ON views.post_view FROM tenant").executeAndAwait();
            positions.query("ROLLBACK").executeAndAwait();
            await("Exchange that waits for the one who revokes")
                    .atMost(PATIENCE)
                    .until(() -> count("SELECT count(*) FROM pg_locks WHERE locktype = 'transactionid' AND NOT granted")
                            > 0);
            other.query("COMMIT").executeAndAwait();

            awaitState(id, "DONE");
        } finally {
            positions.closeAndAwait();
            other.closeAndAwait();
        }
        assertThat(countAs("tenant", USERS)).isEqualTo(count(USERS + " WHERE department = 'tenant'"));
        assertThat(is("has_table_privilege('tenant', 'views.post_view', 'SELECT')"))
                .isFalse();
    }

    @Test
    void theFormerGenerationComesBackWithWhatHasBeenForbiddenSince() {
        run("GRANT SELECT ON views.user_view, views.post_view, views.post_stats_definition TO tenant;"
                + " CREATE POLICY own ON views.user_view TO tenant USING (true)");
        long id = begin();
        awaitState(id, "DONE");
        run("REVOKE SELECT ON views.post_view FROM tenant; DROP POLICY own ON views.user_view");
        run(TENANTS_SEE_THEIR_DEPARTMENT);
        runAsSuperuser("CREATE VIEW public.report AS SELECT user_id FROM views.user_view");
        try {
            given().post("/api/admin/rebuilds/{id}/rollback", id)
                    .then()
                    .statusCode(409)
                    .body("detail", containsString("view public.report"));
        } finally {
            runAsSuperuser("DROP VIEW public.report");
        }
        long generation = count(GENERATION);

        given().post("/api/admin/rebuilds/{id}/rollback", id).then().statusCode(200);

        assertThat(count(GENERATION)).isNotEqualTo(generation);
        await().atMost(PATIENCE).until(() -> count(USER_ERRORS) == 0);
        assertThat(countAs("tenant", USERS)).isEqualTo(count(USERS + " WHERE department = 'tenant'"));
        assertThat(is("has_table_privilege('tenant', 'views.post_view', 'SELECT')"))
                .isFalse();
    }

    private static String state(long id) {
        return given().get("/api/admin/rebuilds/{id}", id).jsonPath().getString("state");
    }
}
