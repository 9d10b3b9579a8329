package io.streamviews.access;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.not;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.specification.RequestSpecification;
import io.streamviews.EmbeddedServersResource;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A view can be for some readers alone, by whatever way it is read. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
@TestProfile(ViewRolesTest.OfTwoViews.class)
class ViewRolesTest {

    /** Users are for the personnel department, and the mail's domains for nobody who is there. */
    public static final class OfTwoViews implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            Map<String, String> settings = new TreeMap<>();
            settings.put("streamviews.access.anonymous", "reader");
            settings.put("streamviews.access.views.user_view", "hr, operator");
            settings.put("streamviews.access.views.email-domains", "postmaster");
            Map.of("rita", "reader", "willi", "reader,writer", "hanna", "reader,hr", "otto", "operator,reader")
                    .forEach((name, roles) -> {
                        String token = "streamviews.access.tokens." + name;
                        settings.put(token + ".sha256", OwnTokens.digest(AccessTest.token(name)));
                        settings.put(token + ".roles", roles);
                    });
            return settings;
        }
    }

    @TestHTTPResource
    URI application;

    @Inject
    Pool pool;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/posts",
                "/api/posts/1",
                "/api/posts/users",
                "/api/posts/users/1",
                "/api/posts/by-department/x",
                "/api/posts/by-author/1",
                "/api/users",
                "/api/users/1/events",
                "/api/views/user_view/changes",
                "/api/views/user-view/changes",
                "/api/views/%75ser_view/changes",
                "/api/views/user-activity",
                "/api/views/department-performance",
                "/api/views/user_view",
                "/api/views/user_view/1",
                "/api/views/%75ser_view",
                "/api/views/user_view;x=1",
                "/api/views/post_with_author",
                "/api/views/user_activity?sort=name",
                "/api/views/user_activity/1",
                "/api//posts/users",
                "/api/posts/users;x=1"
            })
    void isReadByThoseWhoHaveOneOfItsRoles(String path) {
        given().urlEncodingEnabled(false)
                .get(path)
                .then()
                .statusCode(401)
                .contentType("application/problem+json")
                .header("WWW-Authenticate", "Bearer");
        as("rita").head(path).then().statusCode(403);
        as("rita")
                .get(path)
                .then()
                .statusCode(403)
                .contentType("application/problem+json")
                .body("status", org.hamcrest.Matchers.equalTo(403));
    }

    @ParameterizedTest
    @CsvSource({
        "/api/posts, hanna",
        "/api/users, otto",
        "/api/posts/users, hanna",
        "/api/views/user-activity, hanna",
        "/api/views/post_with_author, otto"
    })
    void isReadByWhoHas(String path, String client) {
        as(client).get(path).then().statusCode(200);
    }

    @Test
    void othersAreReadAsEver() {
        given().get("/api/departments/stats").then().statusCode(200);
        as("rita").get("/api/views/post-statistics").then().statusCode(200);
        given().get("/q/metrics").then().statusCode(200);
    }

    @Test
    void theListHasThoseThatItsReaderMayRead() {
        given().get("/api/views").then().statusCode(200).body("name", hasItem("post_view"));
        as("rita")
                .get("/api/views")
                .then()
                .body("name", not(hasItems("user_view", "post_with_author", "email_domains")));
        as("hanna").get("/api/views").then().body("name", hasItems("user_view", "post_with_author"));
        as("rita").get("/api/views/department_stats").then().statusCode(200);
    }

    @Test
    void oneThatIsOnlyFollowedIsProtectedToo() {
        as("otto")
                .get("/api/views/email_domains/changes")
                .then()
                .statusCode(403)
                .body("detail", containsString("email_domains, which needs the role postmaster"));
    }

    @Test
    void oneThatReadsItIsFollowedByThoseWhoMayReadBoth() throws Exception {
        pool.query("CREATE VIEW views.own_users AS SELECT user_id, name FROM views.user_view LIMIT 9")
                .executeAndAwait();
        pool.query("INSERT INTO views.derived_view VALUES ('own_users')").executeAndAwait();
        try {
            for (String path : List.of("/api/views/own_users/changes", "/api/views/own-users/changes")) {
                assertThat(follow(path, "rita")).isEqualTo(403);
                assertThat(follow(path, "hanna")).isEqualTo(200);
            }
        } finally {
            pool.query("DELETE FROM views.derived_view WHERE name = 'own_users'")
                    .executeAndAwait();
            pool.query("DROP VIEW views.own_users").executeAndAwait();
        }
    }

    /** How who follows is answered, whose feed would not end. */
    private int follow(String path, String client) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(application.resolve(path))
                .header("Authorization", "Bearer " + AccessTest.token(client))
                .build();
        HttpResponse<InputStream> answer =
                HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofInputStream());
        answer.body().close();
        return answer.statusCode();
    }

    @Test
    void whatIsWrongWithARecordOfItIsToldToThoseWhoMayReadIt() {
        pool.query(
                        """
                        INSERT INTO views.dead_letter (topic, partition, "offset", place, error)
                        VALUES ('user-events', 0, 987655, 987655, 'Failing row contains (4, Kim)')
                        """)
                .executeAndAwait();
        try {
            assertThat(whyNotThere("rita"))
                    .contains("a dead letter: user-events, partition 0, offset 987655")
                    .doesNotContain("Kim");
            assertThat(whyNotThere("hanna")).contains("Kim");
        } finally {
            pool.query("DELETE FROM views.dead_letter WHERE \"offset\" = 987655")
                    .executeAndAwait();
        }
    }

    private static String whyNotThere(String client) {
        return as(client)
                .header("Consistency-Token", "user-events/0/987655")
                .header("Prefer", "wait=0")
                .get("/api/views/post-statistics")
                .then()
                .statusCode(503)
                .extract()
                .path("detail");
    }

    @Test
    void whoWritesSeesNoMoreOfItThanWhatHeSends() {
        as("willi")
                .contentType("application/json")
                .body("{\"name\":\"Kim\",\"email\":\"kim@example.com\"}")
                .post("/api/users")
                .then()
                .statusCode(201);
        as("willi")
                .contentType("application/json")
                .body("{\"title\":\"x\",\"content\":\"x\",\"authorId\":1}")
                .post("/api/posts")
                .then()
                .statusCode(403);
        as("willi").delete("/api/posts/999999999").then().statusCode(404);
    }

    @Test
    void ofEveryOperationItIsDecidedWhichViewsItShows() {
        Map<String, Map<String, Object>> paths =
                as("hanna").get("/q/openapi?format=json").jsonPath().getMap("paths");
        assertThat(paths).hasSizeGreaterThan(20);
        paths.forEach((path, operations) -> operations.keySet().stream()
                .filter(method -> Set.of("get", "post", "put", "delete").contains(method))
                .forEach(method -> assertThat(
                                ViewsShownTest.SHOWN.of(method.toUpperCase(), path.replaceAll("\\{[^}]*}", "1")))
                        .as("Nobody has decided which views are shown by %s %s", method, path)
                        .isPresent()));
    }

    private static RequestSpecification as(String client) {
        return given().urlEncodingEnabled(false).header("Authorization", "Bearer " + AccessTest.token(client));
    }
}
