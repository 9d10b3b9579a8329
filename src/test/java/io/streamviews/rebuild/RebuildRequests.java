package io.streamviews.rebuild;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.streamviews.Roles;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;

/** Requests for one rebuild after the other, from the outside: by REST, with a real broker and a real database. */
abstract class RebuildRequests {

    static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Of users that commands have created; other tests write to the topic themselves. */
    static final String USER_ERRORS =
            """
            SELECT count(*) FROM views.user_view v FULL JOIN public.users u ON u.id = v.user_id
            WHERE coalesce(u.id, v.user_id) <= pg_sequence_last_value('public.users_id_seq')
              AND (v.name, v.email, v.department, v.status, v.version)
                  IS DISTINCT FROM (u.name, u.email, u.department, u.status, u.version)
            """;

    static final String GENERATION = "SELECT 'views.user_view'::regclass::oid::bigint";

    private static final String DATABASE = "materialized_view_db";
    private static final String SUPERUSER = "postgres";

    /** The application's: what is done with it is done as its role. */
    @Inject
    Pool pool;

    @BeforeEach
    void awaitTheEndOfAnyOther() {
        await().atMost(PATIENCE)
                .until(() -> count("SELECT count(*) FROM public.rebuild WHERE finished_at IS NULL") == 0);
        await().atMost(PATIENCE).until(() -> count(USER_ERRORS) == 0);
    }

    static long begin() {
        var begun = given().post("/api/admin/rebuilds").then().statusCode(202).extract();
        long id = begun.jsonPath().getLong("id");
        assertThat(begun.header("Location")).endsWith("/api/admin/rebuilds/" + id);
        assertThat(begun.jsonPath().getString("state")).isEqualTo("PREPARING");
        return id;
    }

    static JsonPath awaitState(long id, String state) {
        await().atMost(PATIENCE)
                .until(() ->
                        given().get("/api/admin/rebuilds/{id}", id).jsonPath().get("finishedAt") != null);
        JsonPath rebuild = given().get("/api/admin/rebuilds/{id}", id).jsonPath();
        assertThat(rebuild.getString("state")).as(rebuild.prettify()).isEqualTo(state);
        return rebuild;
    }

    static long createUser(String name, String department) {
        return given().contentType(ContentType.JSON)
                .body(Map.of("name", name, "email", "someone@example.com", "department", department))
                .post("/api/users")
                .then()
                .statusCode(201)
                .extract()
                .jsonPath()
                .getLong("id");
    }

    static void awaitUser(long id) {
        await().atMost(PATIENCE)
                .until(() -> given().get("/api/posts/users/{id}", id).statusCode() == 200);
    }

    void run(String sql) {
        pool.query(sql).executeAndAwait();
    }

    /** What the application's role may not do. */
    static void runAsSuperuser(String sql) {
        Roles.execute(DATABASE, SUPERUSER, sql);
    }

    boolean is(String condition) {
        return pool.query("SELECT " + condition)
                .executeAndAwait()
                .iterator()
                .next()
                .getBoolean(0);
    }

    /** What a role other than the owner counts; fails if it may not. */
    static long countAs(String role, String sql) {
        try (Connection connection = Roles.connect(DATABASE, SUPERUSER);
                Statement statement = connection.createStatement()) {
            statement.execute("SET ROLE " + role);
            try (ResultSet rows = statement.executeQuery(sql)) {
                rows.next();
                return rows.getLong(1);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    static long count(String sql) {
        return countAs(SUPERUSER, sql);
    }
}
