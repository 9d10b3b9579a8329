package io.streamviews.feed;

import static io.restassured.RestAssured.given;
import static io.streamviews.feed.Commands.TOKEN;
import static io.streamviews.feed.Commands.createPost;
import static io.streamviews.feed.Commands.createUser;
import static io.streamviews.feed.FeedClient.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.Response;
import io.streamviews.EmbeddedServersResource;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What cannot be followed, how many may follow, and how long the application waits for one of them. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
@TestProfile(FeedLimitTest.FewAndImpatient.class)
class FeedLimitTest {

    private static final int MAX_OPEN = 3;
    private static final int MAX_OPEN_PER_CLIENT = 2;

    /** Few feeds, soon dropped, with a quick heart. */
    public static final class FewAndImpatient implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "streamviews.feed.max-open",
                    Integer.toString(MAX_OPEN),
                    "streamviews.feed.max-open-per-client",
                    Integer.toString(MAX_OPEN_PER_CLIENT),
                    "streamviews.feed.patience",
                    "3s",
                    "streamviews.feed.heartbeat",
                    "200ms");
        }
    }

    @Inject
    Pool pool;

    @Inject
    MeterRegistry meters;

    @BeforeEach
    void nobodyFollows() {
        await().atMost(PATIENCE).until(() -> open() == 0);
    }

    @Test
    void aDerivedViewOfManyRowsCannotBeFollowed() {
        pool.query("CREATE VIEW views.too_large AS SELECT generate_series(1, 10001) AS n")
                .executeAndAwait();
        pool.query("INSERT INTO views.derived_view VALUES ('too_large')").executeAndAwait();
        try {
            given().get("/api/views/too_large/changes")
                    .then()
                    .statusCode(422)
                    .body("type", equalTo("/problems/too-large-to-follow"));
        } finally {
            pool.query("DELETE FROM views.derived_view WHERE name = 'too_large'")
                    .executeAndAwait();
            pool.query("DROP VIEW views.too_large").executeAndAwait();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "no_view/changes,,404",
        "projection_position/changes,,404",
        "user_view/changes,seventeen,400",
        "user_view/changes,6:1,400",
        "user_view/changes?from=latest,,400",
    })
    void whatCannotBeFollowedIsRefusedWithAProblem(String path, String lastEventId, int status) {
        HttpResponse<InputStream> answer = FeedClient.get(path, lastEventId);

        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
    }

    @Test
    void noMoreFeedsAreOpenThanMayBeAndThoseThatEndMakeRoom() throws IOException {
        List<FeedClient> clients = IntStream.range(0, MAX_OPEN_PER_CLIENT)
                .mapToObj(i -> FeedClient.follow("user_view/changes", null))
                .toList();
        assertThat(open()).isEqualTo(MAX_OPEN_PER_CLIENT);
        assertRefused(FeedClient.get("user_view/changes", null), 429);

        try (SilentFeeds others = new SilentFeeds()) {
            others.openFrom("127.0.0.2", FeedClient.uri("user_view/changes"));
            await().atMost(PATIENCE).until(() -> open() == MAX_OPEN);
            assertThat(firstLine(others.openFrom("127.0.0.3", FeedClient.uri("user_view/changes"))))
                    .contains(" 503 ");
            clients.get(0).close();
            await().atMost(PATIENCE).until(() -> open() < MAX_OPEN);
            assertThat(firstLine(others.openFrom("127.0.0.3", FeedClient.uri("user_view/changes"))))
                    .contains(" 200 ");
            await().atMost(PATIENCE).until(() -> clients.get(1).comments.get() > 1);
        }
        clients.forEach(FeedClient::close);
        await().atMost(PATIENCE).until(() -> open() == 0);
    }

    private static void assertRefused(HttpResponse<InputStream> answer, int status) {
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(answer.headers().firstValue("Retry-After")).isPresent();
    }

    private static String firstLine(Socket socket) throws IOException {
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII)).readLine();
    }

    @Test
    void aClientThatDoesNotReadIsToldAndDropped() {
        Response author = createUser("long-winded");
        Response last = null;
        for (int i = 0; i < 120; i++) {
            last = createPost(author, "x".repeat(100_000));
        }
        given().header(TOKEN, last.header(TOKEN)).get("/api/posts").then().statusCode(200);

        try (FeedClient client = FeedClient.followUnread("post_view/changes?from=earliest")) {
            await().atMost(PATIENCE).until(() -> open() == 1);
            await().atMost(PATIENCE).until(() -> open() == 0);

            client.read();
            client.awaitEvent(event -> event.name().equals("lagging"));
            assertThat(client.events.get(client.events.size() - 1).id()).isNull();
            assertThat(client.changes()).isNotEmpty().allSatisfy(whole -> assertThat(
                            whole.data().getString("op"))
                    .isIn("put", "delete"));
        }
    }

    private double open() {
        return meters.get("streamviews.feed.open").gauge().value();
    }
}
