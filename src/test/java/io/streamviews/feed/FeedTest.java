package io.streamviews.feed;

import static io.restassured.RestAssured.given;
import static io.streamviews.feed.FeedClient.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agroal.api.AgroalDataSource;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.RestAssured;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.streamviews.EmbeddedServersResource;
import io.streamviews.feed.FeedClient.Event;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
@TestProfile(FeedTest.FewAndImpatient.class)
class FeedTest {

    private static final int MAX_OPEN = 3;
    private static final String TOKEN = "Consistency-Token";

    /** Few feeds, soon dropped, with a quick heart. */
    public static final class FewAndImpatient implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "streamviews.feed.max-open",
                    Integer.toString(MAX_OPEN),
                    "streamviews.feed.patience",
                    "3s",
                    "streamviews.feed.heartbeat",
                    "200ms");
        }
    }

    @Inject
    AgroalDataSource database;

    @Inject
    Pool pool;

    @Inject
    Admin admin;

    @Inject
    MeterRegistry meters;

    @BeforeEach
    void nobodyFollows() {
        await().atMost(PATIENCE).until(() -> open() == 0);
    }

    @Test
    void everyChangeOfABaseViewIsToldInItsOrder() {
        try (FeedClient client = FeedClient.follow("user_view/changes", null)) {
            assertThat(client.awaitFirst().name()).isEqualTo("start");

            int id = createUser("first").path("id");
            given().contentType(ContentType.JSON).body(user("second")).put("/api/users/{id}", id);
            given().delete("/api/users/{id}", id);

            await().atMost(PATIENCE).untilAsserted(() -> assertThat(client.changesOf(id))
                    .containsExactly("put 1", "put 2", "delete 3"));
            Event put = client.awaitEvent(event -> event.name().equals("change"));
            assertThat(put.data().getString("view")).isEqualTo("user_view");
            assertThat(put.data().getInt("row.user_id")).isEqualTo(id);
            assertThat(put.data().getString("row.department")).isEqualTo("first");
            assertThat(put.data().getString("row.created_at")).endsWith("Z");
        }
    }

    @Test
    void nothingIsToldBeforeItIsCommitted() throws SQLException {
        Response before = createUser("before");
        await().atMost(PATIENCE)
                .until(() -> given().header(TOKEN, before.header(TOKEN))
                                .get("/api/posts")
                                .statusCode()
                        == 200);
        try (FeedClient client = FeedClient.follow("user_view/changes", null);
                Connection holder = database.getConnection()) {
            client.awaitFirst();
            holder.setAutoCommit(false);
            try (Statement sql = holder.createStatement()) {
                sql.execute("LOCK TABLE views.projection_position IN EXCLUSIVE MODE");
            }

            int id = createUser("held back").path("id");

            await().during(Duration.ofSeconds(1)).atMost(PATIENCE).until(() -> client.changesOf(id)
                    .isEmpty());
            holder.rollback();
            await().atMost(PATIENCE).until(() -> client.changesOf(id).equals(List.of("put 1")));
        }
    }

    @Test
    void whoComesBackMissesNothingAndIsToldNothingTwice() {
        String lastId;
        try (FeedClient client = FeedClient.follow("user_view/changes", null)) {
            client.awaitFirst();
            int id = createUser("seen").path("id");
            lastId = client.awaitEvent(event ->
                            event.name().equals("change") && event.data().getInt("key") == id)
                    .id();
        }
        List<Integer> missed = IntStream.range(0, 20)
                .mapToObj(i -> createUser("missed").<Integer>path("id"))
                .toList();

        try (FeedClient client = FeedClient.follow("user_view/changes", lastId)) {
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(client.changes())
                    .extracting(event -> event.data().getInt("key"))
                    .containsExactlyInAnyOrderElementsOf(missed));
        }
    }

    @Test
    void whoBeginsWithTheEarliestIsToldAllThereIs() {
        int id = createUser("earliest").path("id");

        try (FeedClient client = FeedClient.follow("user-view/changes?from=earliest", null)) {
            await().atMost(PATIENCE).until(() -> client.changesOf(id).equals(List.of("put 1")));
        }
    }

    @Test
    void whoComesBackTooLateIsToldSo() throws Exception {
        Response user = createUser("late");
        Response post = createPost(user, "removed by retention");
        given().header(TOKEN, post.header(TOKEN)).get("/api/posts").then().statusCode(200);
        Map<TopicPartition, RecordsToDelete> all = IntStream.range(0, 6)
                .boxed()
                .collect(Collectors.toMap(
                        partition -> new TopicPartition("post-events", partition),
                        partition -> RecordsToDelete.beforeOffset(-1)));
        admin.deleteRecords(all).all().get();

        try (FeedClient client = FeedClient.follow("post_view/changes", "0:0,1:0,2:0,3:0,4:0,5:0")) {
            Event reset = client.awaitFirst();
            assertThat(reset.name()).isEqualTo("reset");
            assertThat(reset.data().getString("reason")).contains("no longer has what followed");

            int next = createPost(user, "still there").path("id");
            await().atMost(PATIENCE).until(() -> client.changesOf(next).equals(List.of("put 1")));
            assertThat(client.changes()).hasSize(1);
        }
    }

    @Test
    void aDerivedViewIsToldInWholeAndThenByItsDifferences() {
        String department = "followed " + UUID.randomUUID();
        String lastId;
        try (FeedClient client = FeedClient.follow("department_stats/changes", null)) {
            assertThat(client.awaitFirst().name()).isEqualTo("snapshot");

            createUser(department);
            Event first = client.awaitEvent(event -> added(event, department) == 1);
            assertThat(first.data().getList("removed.findAll { it.department == '%s' }".formatted(department)))
                    .isEmpty();
            createUser(department);
            Event second = client.awaitEvent(event -> added(event, department) == 2);
            assertThat(second.data()
                            .<Integer>getList(
                                    "removed.findAll { it.department == '%s' }.user_count".formatted(department)))
                    .containsExactly(1);
            lastId = second.id();
        }
        try (FeedClient back = FeedClient.follow("department_stats/changes", lastId)) {
            assertThat(back.awaitFirst().name()).isEqualTo("start");
        }
        try (FeedClient stranger = FeedClient.follow("department_stats/changes", "elsewhere:7")) {
            Event whole = stranger.awaitFirst();
            assertThat(whole.name()).isEqualTo("snapshot");
            assertThat(whole.data()
                            .<Integer>getList(
                                    "rows.findAll { it.department == '%s' }.user_count".formatted(department)))
                    .containsExactly(2);
        }
    }

    @Test
    void aDerivedViewOfManyRowsCannotBeFollowed() {
        pool.query("CREATE VIEW views.too_large AS SELECT generate_series(1, 10001) AS n")
                .executeAndAwait();
        pool.query("INSERT INTO views.derived_view VALUES ('too_large')").executeAndAwait();
        try {
            given().get("/api/views/too_large/changes").then().statusCode(422);
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
    void noMoreFeedsAreOpenThanMayBeAndThoseThatEndMakeRoom() {
        List<FeedClient> clients = IntStream.range(0, MAX_OPEN)
                .mapToObj(i -> FeedClient.follow("user_view/changes", null))
                .toList();
        assertThat(open()).isEqualTo(MAX_OPEN);

        HttpResponse<InputStream> refused = FeedClient.get("user_view/changes", null);
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.headers().firstValue("Retry-After")).isPresent();

        await().atMost(PATIENCE).until(() -> clients.get(0).comments.get() > 1);
        clients.forEach(FeedClient::close);
        await().atMost(PATIENCE).until(() -> open() == 0);
    }

    @Test
    void aClientThatDoesNotReadIsToldAndDropped() throws IOException {
        Response author = createUser("long-winded");
        Response last = null;
        for (int i = 0; i < 120; i++) {
            last = createPost(author, "x".repeat(100_000));
        }
        given().header(TOKEN, last.header(TOKEN)).get("/api/posts").then().statusCode(200);

        try (Socket socket = new Socket()) {
            socket.setReceiveBufferSize(4_096);
            socket.connect(new InetSocketAddress("localhost", RestAssured.port));
            socket.getOutputStream()
                    .write("GET /api/views/post_view/changes?from=earliest HTTP/1.1\r\nHost: localhost\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            await().atMost(PATIENCE).until(() -> open() == 1);
            await().atMost(PATIENCE).until(() -> open() == 0);

            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .contains("event: lagging");
        }
    }

    private static int added(Event event, String department) {
        List<Integer> counts = event.name().equals("change")
                ? event.data().getList("added.findAll { it.department == '%s' }.user_count".formatted(department))
                : List.of();
        return counts.isEmpty() ? 0 : counts.get(0);
    }

    private double open() {
        return meters.get("streamviews.feed.open").gauge().value();
    }

    private static Response createUser(String department) {
        Response created =
                given().contentType(ContentType.JSON).body(user(department)).post("/api/users");
        created.then().statusCode(201);
        return created;
    }

    private static Map<String, String> user(String department) {
        return Map.of("name", "Followed", "email", "f@example.com", "department", department);
    }

    private static Response createPost(Response author, String content) {
        Response created = given().header(TOKEN, author.header(TOKEN))
                .contentType(ContentType.JSON)
                .body(Map.of("title", "t", "content", content, "authorId", author.<Integer>path("id")))
                .post("/api/posts");
        created.then().statusCode(201);
        return created;
    }
}
