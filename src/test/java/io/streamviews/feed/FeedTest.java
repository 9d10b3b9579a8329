package io.streamviews.feed;

import static io.restassured.RestAssured.given;
import static io.streamviews.feed.Commands.TOKEN;
import static io.streamviews.feed.Commands.createPost;
import static io.streamviews.feed.Commands.createUser;
import static io.streamviews.feed.Commands.user;
import static io.streamviews.feed.FeedClient.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agroal.api.AgroalDataSource;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.streamviews.EmbeddedServersResource;
import io.streamviews.feed.FeedClient.Event;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
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

/** What those are told who follow a view, and what those who come back. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
@TestProfile(FeedLimitTest.FewAndImpatient.class)
class FeedTest {

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
        await().atMost(PATIENCE)
                .until(() -> meters.get("streamviews.feed.open").gauge().value() == 0);
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
    void whoFollowsATopicThatIsMadeAnewIsToldAllThatItHas() throws SQLException {
        Response user = createUser("of another log");
        int id = createPost(user, "told again").path("id");
        try (FeedClient client = FeedClient.follow("post_view/changes?from=earliest", null)) {
            await().atMost(PATIENCE).until(() -> client.changesOf(id).equals(List.of("put 1")));
            move("base = base + 1000000");
            try {
                Event reset = client.awaitEvent(event -> event.name().equals("reset"));
                assertThat(reset.data().<Integer>getList("partitions")).containsExactly(0, 1, 2, 3, 4, 5);
                await().atMost(PATIENCE).until(() -> client.changesOf(id).equals(List.of("put 1", "put 1")));
                int next = createPost(user, "told as ever").path("id");
                await().atMost(PATIENCE).until(() -> client.changesOf(next).equals(List.of("put 1")));
            } finally {
                move("base = base - 1000000");
            }
        }
    }

    /** As the projection does that finds another log than it has read. */
    private void move(String places) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement sql = connection.createStatement()) {
            sql.execute("UPDATE views.projection_position SET %s WHERE topic = 'post-events'".formatted(places));
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
    void equalRowsOfADerivedViewAreToldAsOftenAsTheyAreThere() {
        pool.query("CREATE TABLE views.ties (n integer); INSERT INTO views.ties VALUES (2), (2), (3);"
                        + " INSERT INTO views.derived_view VALUES ('ties')")
                .executeAndAwait();
        try (FeedClient client = FeedClient.follow("ties/changes", null)) {
            assertThat(client.awaitFirst().data().<Integer>getList("rows.n")).containsExactlyInAnyOrder(2, 2, 3);

            pool.query("UPDATE views.ties SET n = 2 WHERE n = 3").executeAndAwait();

            Event change = client.awaitEvent(event -> event.name().equals("change"));
            assertThat(change.data().<Integer>getList("removed.n")).containsExactly(3);
            assertThat(change.data().<Integer>getList("added.n")).containsExactly(2);
        } finally {
            pool.query("DELETE FROM views.derived_view WHERE name = 'ties'; DROP TABLE views.ties")
                    .executeAndAwait();
        }
    }

    private static int added(Event event, String department) {
        List<Integer> counts = event.name().equals("change")
                ? event.data().getList("added.findAll { it.department == '%s' }.user_count".formatted(department))
                : List.of();
        return counts.isEmpty() ? 0 : counts.get(0);
    }
}
