package io.streamviews.post;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.streamviews.EmbeddedServersResource;
import io.streamviews.Pages;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The further views' resources, on rows written by hand: what derives from those must be there at once. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class DerivedViewResourceTest {

    private static final String ROWS =
            """
            INSERT INTO views.user_view (user_id, name, email, department, status, created_at, updated_at, version,
                                         source_offset)
            SELECT 9000000 + i, 'U' || i, 'u@example.com', 'Derived ' || i % 2, CASE i WHEN 1 THEN 'INACTIVE' ELSE 'ACTIVE' END,
                   '1999-01-01Z', '1999-02-03T04:05:06Z', 3, 0
            FROM generate_series(1, 6) AS i;
            INSERT INTO views.post_view (post_id, title, content, author_id, created_at, updated_at, version, source_offset)
            SELECT 9000000 + p, 't', repeat('x', p), 9000000 + a, ('1999-01-0' || d || 'T23:00:00Z')::timestamptz, now(), 1, 0
            FROM (VALUES (1, 1, 1), (2, 1, 1), (3, 1, 2), (4, 3, 2), (5, 2, 3), (6, 4, 3), (7, 4, 3)) AS post(p, a, d);
            INSERT INTO views.post_view (post_id, title, content, author_id, created_at, updated_at, version, source_offset)
            VALUES (9000008, 't', 'x', 9000003, now(), now(), 1, 0)
            """;
    /** 600 who wrote a post each, 50 of them between the first posts of somebody else, who then wrote 1,000 in a row. */
    private static final String MANY =
            """
            INSERT INTO views.user_view (user_id, name, email, department, status, created_at, updated_at, version,
                                         source_offset)
            SELECT 9001000 + i, 'U' || i, 'u@example.com', 'Derived many', 'ACTIVE', now(), now(), 1, 0
            FROM generate_series(1, 600) AS i;
            INSERT INTO views.post_view (post_id, title, content, author_id, created_at, updated_at, version, source_offset)
            SELECT id, 't', 'x', author_id, now(), now(), 1, 0
            FROM (SELECT CASE WHEN i <= 50 THEN 9100000 + 2 * i ELSE 9110000 + i END, 9001000 + i
                  FROM generate_series(1, 600) AS i
                  UNION ALL
                  SELECT CASE WHEN i <= 50 THEN 9100001 + 2 * i ELSE 9101000 + i END, 9000002
                  FROM generate_series(1, 1050) AS i) AS post(id, author_id)
            """;

    private static final String DAYS = "/api/views/post-statistics";
    private static final String ACTIVITY = "/api/views/user-activity";
    private static final String PERFORMANCE = "/api/views/department-performance";

    @Inject
    Pool pool;

    @BeforeEach
    void write() {
        pool.query(ROWS).executeAndAwait();
    }

    @AfterEach
    void remove() {
        pool.query(
                        "DELETE FROM views.user_view WHERE user_id > 9000000; DELETE FROM views.post_view WHERE post_id > 9000000")
                .executeAndAwait();
    }

    @Test
    void daysAreListedWithTheirPostsAuthorsAndMeanLength() {
        given().get(DAYS + "?from=1999-01-01&to=1999-01-31")
                .then()
                .statusCode(200)
                .body("day", contains("1999-01-01", "1999-01-02", "1999-01-03"))
                .body("posts", contains(2, 2, 3))
                .body("authors", contains(1, 2, 2))
                .body("characters", contains(3, 7, 18))
                .body("meanLength", contains(1.5f, 3.5f, 6.0f));
    }

    @ParameterizedTest
    @CsvSource({
        "day, 1999-01-01 1999-01-02 1999-01-03",
        "-day, 1999-01-03 1999-01-02 1999-01-01",
        "posts, 1999-01-01 1999-01-02 1999-01-03",
        "-posts, 1999-01-03 1999-01-02 1999-01-01"
    })
    void daysCanBeReadPageByPageInEveryOrder(String sort, String days) {
        assertThat(Pages.of(DAYS + "?from=1999-01-01&to=1999-01-31&limit=1&sort=" + sort, "day"))
                .containsExactly((Object[]) days.split(" "));
    }

    @Test
    void totalsCountEveryAuthorOnce() {
        long others = pool.query("SELECT count(DISTINCT author_id) FROM views.post_view WHERE post_id <= 9000000")
                .executeAndAwait()
                .iterator()
                .next()
                .getLong(0);

        given().get(DAYS + "/totals")
                .then()
                .statusCode(200)
                .body("firstDay", equalTo("1999-01-01"))
                .body("authors", equalTo((int) others + 4));
    }

    @Test
    void aUsersActivityNamesTheFirstAndTheLastPost() {
        given().get(ACTIVITY + "/9000001")
                .then()
                .statusCode(200)
                .body("posts", equalTo(3))
                .body("firstPost.id", equalTo(9000001))
                .body("lastPost.id", equalTo(9000003))
                .body("lastPost.createdAt", equalTo("1999-01-02T23:00:00Z"))
                .body("lastChangeAt", equalTo("1999-02-03T04:05:06Z"))
                .body("changes", equalTo(2));
        given().get(ACTIVITY + "/9000005").then().body("posts", equalTo(0)).body("firstPost", nullValue());
        given().get(ACTIVITY + "/9000099").then().statusCode(404);
    }

    @ParameterizedTest
    @CsvSource({
        "id, 1 3 5",
        "-id, 5 3 1",
        "posts, 5 3 1",
        "-posts, 1 3 5",
        "lastPost, 1 3 5",
        "-lastPost, 3 1 5",
    })
    void aDepartmentsUsersCanBeReadPageByPageInEveryOrder(String sort, String users) {
        assertThat(Pages.of(ACTIVITY + "?department=Derived 1&limit=1&sort=" + sort, "id"))
                .containsExactly(List.of(users.split(" ")).stream()
                        .map(user -> (Object) (9000000 + Integer.parseInt(user)))
                        .toArray());
    }

    @ParameterizedTest
    @ValueSource(strings = {"id", "-id", "posts", "-posts", "lastPost", "-lastPost"})
    void allUsersCanBeReadPageByPageInEveryOrder(String sort) {
        assertThat(Pages.of(ACTIVITY + "?limit=500&sort=" + sort, "id"))
                .doesNotHaveDuplicates()
                .contains(9000001, 9000002, 9000003, 9000004, 9000005, 9000006);
    }

    @Test
    void aDepartmentsPerformanceNamesTheMostActiveAuthor() {
        given().get(PERFORMANCE + "/Derived 1")
                .then()
                .statusCode(200)
                .body("members", equalTo(3))
                .body("activeMembers", equalTo(2))
                .body("posts", equalTo(5))
                .body("postsPerMember", equalTo(1.67f))
                .body("postsLast7Days", equalTo(1))
                .body("postsLast30Days", equalTo(1))
                .body("mostActiveAuthor.id", equalTo(9000001))
                .body("mostActiveAuthor.name", equalTo("U1"))
                .body("mostActiveAuthor.posts", equalTo(3));
        given().get(PERFORMANCE + "/Nowhere").then().statusCode(404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"department", "-department", "members", "-members", "posts", "-posts"})
    void departmentsCanBeReadPageByPageInEveryOrder(String sort) {
        pool.query("UPDATE views.user_view SET department = NULL WHERE user_id = 9000006")
                .executeAndAwait();

        assertThat(Pages.of(PERFORMANCE + "?limit=6&sort=" + sort, "department"))
                .doesNotHaveDuplicates()
                .contains("Derived 0", "Derived 1", null);
    }

    @Test
    void anAuthorWhoMovesTakesThePostsAlong() {
        pool.query("UPDATE views.user_view SET department = 'Derived 0' WHERE user_id = 9000001")
                .executeAndAwait();

        given().get(PERFORMANCE + "/Derived 0")
                .then()
                .body("members", equalTo(4))
                .body("posts", equalTo(6));
        given().get(PERFORMANCE + "/Derived 1")
                .then()
                .body("members", equalTo(2))
                .body("posts", equalTo(2));
        given().get("/api/posts/by-department/Derived 1").then().body("id", contains(9000004, 9000008));
    }

    @Test
    void aDepartmentsPostsCanBeReadPageByPage() {
        assertThat(Pages.of("/api/posts/by-department/Derived 1?limit=2", "id"))
                .containsExactly(9000001, 9000002, 9000003, 9000004, 9000008);
    }

    /** Read among the posts of all, past a gap that is longer than that looks, and at last author by author. */
    @Test
    void thePostsOfADepartmentOfManyCanBeReadPageByPage() {
        pool.query(MANY).executeAndAwait();
        List<Integer> posts = IntStream.rangeClosed(1, 600)
                .map(i -> i <= 50 ? 9100000 + 2 * i : 9110000 + i)
                .boxed()
                .toList();

        assertThat(Pages.of("/api/posts/by-department/Derived many?limit=20", "id"))
                .isEqualTo(posts);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                DAYS + "?from=1999-01-01&to=1999-01-31",
                DAYS + "/totals",
                ACTIVITY + "?department=Derived 1",
                ACTIVITY + "/9000001",
                PERFORMANCE,
                PERFORMANCE + "/Derived 1"
            })
    void whatTheClientHasAlreadyIsNotSentAgain(String path) {
        String tag = given().get(path)
                .then()
                .statusCode(200)
                .header("ETag", startsWith("W/\""))
                .extract()
                .header("ETag");

        given().header("If-None-Match", tag).get(path).then().statusCode(304);
    }

    @ParameterizedTest
    @CsvSource({
        DAYS + "?sort=name, sort",
        DAYS + "?from=1999-02-01&to=1999-01-01, from",
        DAYS + "?from=yesterday, from",
        DAYS + "?to=1999-02-30, to",
        DAYS + "?after=12, after",
        DAYS + "?sort=posts&after=12, after",
        DAYS + "?sort=posts&after=x%2C1999-01-01, after",
        DAYS + "?limit=0, limit",
        ACTIVITY + "?sort=--id, sort",
        ACTIVITY + "?sort=posts&after=12, after",
        ACTIVITY + "?sort=posts&after=1%2Cx, after",
        ACTIVITY + "?sort=lastPost&after=x, after",
        PERFORMANCE + "?sort=size, sort",
        PERFORMANCE + "?sort=posts&after=many, after",
    })
    void aBadParameterIsNamed(String path, String parameter) {
        given().urlEncodingEnabled(false)
                .get(path)
                .then()
                .statusCode(400)
                .contentType("application/problem+json")
                .body("violations", hasSize(1))
                .body("violations[0].field", equalTo(parameter));
    }

    /** A field of every entry, page after page. */
}
