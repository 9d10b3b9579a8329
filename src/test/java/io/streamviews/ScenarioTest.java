package io.streamviews;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.http.ContentType;
import io.restassured.response.ValidatableResponse;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.Test;

/** What the whole application is for, through its REST interface, a real broker and a real database. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class ScenarioTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String STATS_ERRORS =
            """
            SELECT count(*) FROM (
                (SELECT department, user_count, active_users, inactive_users FROM views.department_stats
                 EXCEPT SELECT * FROM views.department_stats_definition)
                UNION ALL
                (SELECT * FROM views.department_stats_definition
                 EXCEPT SELECT department, user_count, active_users, inactive_users FROM views.department_stats)) AS e
            """;

    @Test
    void aCreatedUserIsInTheView() {
        long id = createUser("홍길동", "개발팀 1");

        awaitUser(id).body("name", equalTo("홍길동")).body("department", equalTo("개발팀 1"));
        assertThat(members("개발팀 1")).isEqualTo(1);
    }

    @Test
    void aPostCarriesItsAuthorsDataAtOnce() {
        long author = createUser("Author", "개발팀 2");

        long post = createPost(author);

        given().get("/api/posts/{id}", post)
                .then()
                .statusCode(200)
                .body("author.name", equalTo("Author"))
                .body("author.department", equalTo("개발팀 2"));
        await().atMost(PATIENCE).untilAsserted(() -> given().get("/api/posts/by-department/{d}", "개발팀 2")
                .then()
                .statusCode(200)
                .body("id", contains((int) post))
                .body("author.email", everyItem(equalTo("someone@example.com"))));
    }

    @Test
    void aChangeOfAUserShowsInExistingPosts() {
        long author = createUser("Before", "old team");
        long post = createPost(author);
        awaitPost(post);

        given().contentType(ContentType.JSON)
                .body(Map.of(
                        "name", "After", "email", "after@example.com", "department", "new/team ✓", "status", "ACTIVE"))
                .put("/api/users/{id}", author)
                .then()
                .statusCode(200);

        await().atMost(PATIENCE).untilAsserted(() -> given().get("/api/posts/by-department/{d}", "new/team ✓")
                .then()
                .body("id", contains((int) post))
                .body("author.name", contains("After")));
        given().get("/api/posts/by-department/{d}", "old team").then().body("id", equalTo(List.of()));
        assertThat(members("old team")).isZero();
        assertThat(members("new/team ✓")).isEqualTo(1);
    }

    @Test
    void aDeletedUserLeavesTheViewsAndThePostsStayWithoutPersonalData() {
        long author = createUser("Leaver", "leavers");
        long post = createPost(author);
        awaitPost(post);

        given().delete("/api/users/{id}", author).then().statusCode(204);

        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        given().get("/api/posts/users/{id}", author).then().statusCode(404));
        given().get("/api/posts/by-author/{id}", author)
                .then()
                .body("id", contains((int) post))
                .body("author", contains(nullValue()));
        given().get("/api/posts/by-department/{d}", "leavers").then().body("id", equalTo(List.of()));
        assertThat(members("leavers")).isZero();
    }

    @Test
    void departmentStatisticsAreListedWithThoseWhoHaveNoDepartmentLast() {
        createUser("A", "stats a");
        awaitUser(createUser("B", null));

        await().atMost(PATIENCE).untilAsserted(() -> {
            List<Object> departments = Pages.of("/api/departments/stats?limit=1000", "department");
            assertThat(departments).contains("stats a");
            assertThat(departments.indexOf(null)).isEqualTo(departments.size() - 1);
        });
        given().queryParam("limit", 1)
                .get("/api/departments/stats")
                .then()
                .header("Link", containsString("rel=\"next\""));
    }

    @Test
    void usersCreatedByManyClientsAtOnceAreAllInTheViewAndCounted() throws Exception {
        int clients = 16;
        int each = 1_000 / clients;
        ExecutorService threads = Executors.newFixedThreadPool(clients);
        try {
            List<Callable<Void>> tasks = IntStream.range(0, clients)
                    .mapToObj(client -> (Callable<Void>) () -> {
                        HttpClient http = HttpClient.newHttpClient();
                        for (int i = 0; i < each; i++) {
                            assertThat(http.send(crowdRequest(client, i), BodyHandlers.discarding())
                                            .statusCode())
                                    .isEqualTo(201);
                        }
                        return null;
                    })
                    .toList();
            for (Future<Void> done : threads.invokeAll(tasks)) {
                done.get();
            }
        } finally {
            threads.shutdown();
        }

        await().atMost(PATIENCE)
                .until(() -> count("SELECT count(*) FROM views.user_view WHERE department LIKE 'crowd %'")
                        == clients * each);
        assertThat(
                        count(
                                """
                        SELECT count(*) FROM views.user_view v FULL JOIN public.users u ON u.id = v.user_id
                        WHERE coalesce(u.department, v.department) LIKE 'crowd %'
                          AND (v.name, v.email, v.department, v.status, v.version)
                              IS DISTINCT FROM (u.name, u.email, u.department, u.status, u.version)
                        """))
                .isZero();
        assertThat(count(STATS_ERRORS)).isZero();
    }

    @Test
    void rowsChangedByHandKeepTheSumsRight() {
        long id = createUser("Hand", "by hand");
        awaitUser(id);

        execute("UPDATE views.user_view SET department = 'moved by hand' WHERE user_id = " + id);
        assertThat(members("by hand")).isZero();
        assertThat(members("moved by hand")).isEqualTo(1);

        execute("DELETE FROM views.user_view WHERE user_id = " + id);
        assertThat(members("moved by hand")).isZero();
        assertThat(count(STATS_ERRORS)).isZero();
    }

    private static HttpRequest crowdRequest(int client, int i) {
        return HttpRequest.newBuilder(URI.create("http://localhost:" + RestAssured.port + "/api/users"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(
                        "{\"name\":\"c%d\",\"email\":\"c@example.com\",\"department\":\"crowd %d\"}"
                                .formatted(client, i % 7)))
                .build();
    }

    private static long createUser(String name, String department) {
        Map<String, Object> user = department == null
                ? Map.of("name", name, "email", "someone@example.com")
                : Map.of("name", name, "email", "someone@example.com", "department", department, "status", "ACTIVE");
        return given().contentType(ContentType.JSON)
                .body(user)
                .post("/api/users")
                .then()
                .statusCode(201)
                .extract()
                .jsonPath()
                .getLong("id");
    }

    private static long createPost(long author) {
        return given().contentType(ContentType.JSON)
                .body(Map.of("title", "안녕하세요", "content", "첫 번째 포스트입니다.", "authorId", author))
                .post("/api/posts")
                .then()
                .statusCode(201)
                .body("author.id", equalTo((int) author))
                .extract()
                .jsonPath()
                .getLong("id");
    }

    private static ValidatableResponse awaitUser(long id) {
        await().atMost(PATIENCE)
                .until(() -> given().get("/api/posts/users/{id}", id).statusCode() == 200);
        return given().get("/api/posts/users/{id}", id).then();
    }

    private void awaitPost(long id) {
        await().atMost(PATIENCE).until(() -> count("SELECT count(*) FROM views.post_view WHERE post_id = " + id) == 1);
    }

    private long members(String department) {
        return count("SELECT coalesce(sum(user_count), 0) FROM views.department_stats WHERE department = '%s'"
                .formatted(department));
    }

    private long count(String sql) {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private void execute(String sql) {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** To the application's database, as the application. */
    Connection connect() throws SQLException {
        Config config = ConfigProvider.getConfig();
        return DriverManager.getConnection(
                config.getValue("quarkus.datasource.jdbc.url", String.class),
                config.getValue("quarkus.datasource.username", String.class),
                config.getOptionalValue("quarkus.datasource.password", String.class)
                        .orElse(""));
    }
}
