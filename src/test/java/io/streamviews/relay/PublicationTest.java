package io.streamviews.relay;

import static io.restassured.RestAssured.given;
import static io.restassured.RestAssured.when;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.streamviews.EmbeddedServersResource;
import io.streamviews.PublishedRecords;
import io.streamviews.dev.EmbeddedServersMXBean;
import io.streamviews.user.UserData;
import io.streamviews.user.UserEvent;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;

/** From a command to the topic, with the real broker. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class PublicationTest {

    @Inject
    Admin admin;

    @Inject
    Pool pool;

    @Test
    void whatACommandDoesIsPublishedUnderTheUsersKey() {
        try (PublishedRecords topic = new PublishedRecords("user-events")) {
            int id = create("홍길동");
            update(id, "길동");
            when().delete("/api/users/" + id).then().statusCode(204);

            await().until(() -> topic.withKey(Integer.toString(id)).size() == 3);

            List<ConsumerRecord<String, String>> records = topic.withKey(Integer.toString(id));
            assertThat(records.stream().map(record -> decode(record).eventType()))
                    .containsExactly(
                            UserEvent.Type.USER_CREATED, UserEvent.Type.USER_UPDATED, UserEvent.Type.USER_DELETED);
            assertThat(records.stream().map(record -> decode(record).version())).containsExactly(1L, 2L, 3L);
            assertThat(records.get(0).timestamp())
                    .isEqualTo(decode(records.get(0)).timestamp().toEpochMilli());
            assertThat(records).allMatch(record -> record.headers().toArray().length == 0);
            String history = when().get("/api/users/" + id + "/events").asString();
            assertThat("["
                            + String.join(
                                    ",",
                                    records.stream().map(ConsumerRecord::value).toList()) + "]")
                    .isEqualTo(history);
        }
    }

    @Test
    void anEventIsPublishedWithinAFewMilliseconds() {
        try (PublishedRecords topic = new PublishedRecords("user-events")) {
            for (int i = 0; i < 5; i++) {
                int id = create("quick");
                await().pollInterval(Duration.ofMillis(5))
                        .atMost(Duration.ofMillis(450)) // less than the safety net's 500 ms
                        .until(() -> !topic.withKey(Integer.toString(id)).isEmpty());
            }
        }
    }

    @Test
    void commandsWorkWhileTheBrokerIsAwayAndTheirEventsFollow() {
        EmbeddedServersMXBean servers = EmbeddedServersResource.servers();
        try (PublishedRecords topic = new PublishedRecords("user-events")) {
            int before = create("before");
            await().until(() -> !topic.withKey(Integer.toString(before)).isEmpty());

            servers.stopBroker();
            int id = create("during");
            update(id, "during 2");
            update(id, "during 3");
            await().until(() -> relay("data.lastError") instanceof String error && error.contains("Kafka"));
            assertThat(relay("status")).isEqualTo("UP");
            servers.startBroker();

            // A batch that was on its way when the broker came back can be there twice; the order is the same.
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(topic.withKey(Integer.toString(id)).stream()
                                    .map(record -> decode(record).version())
                                    .distinct())
                            .containsExactly(1L, 2L, 3L));
            await().until(() -> relay("data.lastError") == null);
            assertThat(relay("data.active")).isEqualTo(true);
        }
    }

    @Test
    void aBrokerThatRefusesToWriteLosesNothing() throws Exception {
        try (PublishedRecords topic = new PublishedRecords("user-events")) {
            setMaxMessageBytes("10");
            int id = create("refused");
            update(id, "refused 2");
            await().until(() -> relay("data.lastError") instanceof String error && error.contains("Kafka"));
            assertThat(relay("status")).isEqualTo("UP");
            setMaxMessageBytes("1048588");

            await().atMost(Duration.ofSeconds(30))
                    .until(() -> topic.withKey(Integer.toString(id)).size() >= 2);
            assertThat(topic.withKey(Integer.toString(id)).stream()
                            .map(record -> decode(record).version()))
                    .containsExactly(1L, 2L);
        }
    }

    private void setMaxMessageBytes(String bytes) throws Exception {
        admin.incrementalAlterConfigs(Map.of(
                        new ConfigResource(ConfigResource.Type.TOPIC, "user-events"),
                        List.of(new AlterConfigOp(
                                new ConfigEntry("max.message.bytes", bytes), AlterConfigOp.OpType.SET))))
                .all()
                .get();
    }

    @Test
    void theDatabaseMayGoAndComeBack() {
        EmbeddedServersMXBean servers = EmbeddedServersResource.servers();
        try (PublishedRecords topic = new PublishedRecords("user-events")) {
            servers.stopDatabase();
            given().contentType(ContentType.JSON)
                    .body(body("nobody"))
                    .post("/api/users")
                    .then()
                    .statusCode(503)
                    .contentType("application/problem+json")
                    .header("Retry-After", equalTo("1"));
            servers.startDatabase();

            int id = await().ignoreExceptions().until(() -> create("after"), created -> created > 0);

            await().until(() -> topic.withKey(Integer.toString(id)).size() == 1);
        }
    }

    @Test
    void concurrentWritersOfOneUserAreOrderedAndNoneIsLost() throws Exception {
        int id = create("many");
        List<Callable<Integer>> writers = IntStream.range(0, 64)
                .<Callable<Integer>>mapToObj(i -> () -> given().contentType(ContentType.JSON)
                        .body(body("writer " + i))
                        .put("/api/users/" + id)
                        .statusCode())
                .toList();
        List<Integer> statuses = inParallel(writers);

        assertThat(statuses).containsOnly(200);
        int done = statuses.size();
        when().get("/api/users/" + id).then().header("ETag", equalTo("\"" + (done + 1) + "\""));
        try (PublishedRecords topic = new PublishedRecords("user-events")) {
            await().until(() -> topic.withKey(Integer.toString(id)).size() > done);
            assertThat(topic.withKey(Integer.toString(id)).stream()
                            .map(record -> decode(record).version()))
                    .containsExactlyElementsOf(IntStream.rangeClosed(1, done + 1)
                            .mapToObj(Long::valueOf)
                            .toList());
        }
    }

    @Test
    void ofWritersThatMeanTheSameVersionOneIsDone() throws Exception {
        int id = create("once");
        List<Callable<Integer>> writers = IntStream.range(0, 16)
                .<Callable<Integer>>mapToObj(i -> () -> given().contentType(ContentType.JSON)
                        .header("If-Match", "\"1\"")
                        .body(body("writer " + i))
                        .put("/api/users/" + id)
                        .statusCode())
                .toList();

        assertThat(inParallel(writers)).containsOnlyOnce(200).contains(412).containsOnly(200, 412);
    }

    @Test
    void foldingTheEventLogGivesTheUsersAgain() {
        int changed = create("changed");
        update(changed, "changed twice");
        int deleted = create("deleted");
        when().delete("/api/users/" + deleted).then().statusCode(204);
        Map<Long, UserData> folded = new TreeMap<>();

        pool.query("SELECT payload::text FROM event_log WHERE aggregate_type = 'user' ORDER BY id")
                .execute()
                .await()
                .indefinitely()
                .forEach(row -> {
                    UserEvent event = UserEvent.CODEC.decode(row.getString(0).getBytes(StandardCharsets.UTF_8));
                    if (event.eventType() == UserEvent.Type.USER_DELETED) {
                        folded.remove(event.userId());
                    } else {
                        folded.put(event.userId(), event.user());
                    }
                });

        assertThat(folded).isEqualTo(users()).containsKey((long) changed).doesNotContainKey((long) deleted);
    }

    @Test
    void theRelayIsMeasured() {
        create("measured");
        await().untilAsserted(() -> assertThat(when().get("/q/metrics").asString())
                .containsPattern("streamviews_relay_published_total [1-9]")
                .contains("streamviews_relay_active 1.0")
                .contains("streamviews_relay_backlog 0.0"));
    }

    private Map<Long, UserData> users() {
        Map<Long, UserData> users = new TreeMap<>();
        StreamSupport.stream(
                        pool.query("SELECT * FROM users")
                                .execute()
                                .await()
                                .indefinitely()
                                .spliterator(),
                        false)
                .map(row -> new UserData(
                        row.getLong("id"),
                        row.getString("name"),
                        row.getString("email"),
                        row.getString("department"),
                        io.streamviews.user.UserStatus.valueOf(row.getString("status")),
                        row.getOffsetDateTime("created_at").toInstant(),
                        row.getOffsetDateTime("updated_at").toInstant()))
                .forEach(user -> users.put(user.id(), user));
        return users;
    }

    private static List<Integer> inParallel(List<Callable<Integer>> calls) throws Exception {
        ExecutorService clients = Executors.newFixedThreadPool(16);
        try {
            List<Integer> results = new ArrayList<>();
            for (Future<Integer> call : clients.invokeAll(calls)) {
                results.add(call.get());
            }
            return results;
        } finally {
            clients.shutdownNow();
        }
    }

    private static Object relay(String path) {
        return when().get("/q/health/ready").path("checks.find { it.name == 'relay' }." + path);
    }

    private static int create(String name) {
        return given().contentType(ContentType.JSON)
                .body(body(name))
                .post("/api/users")
                .then()
                .statusCode(201)
                .extract()
                .path("id");
    }

    private static void update(int id, String name) {
        given().contentType(ContentType.JSON)
                .body(body(name))
                .put("/api/users/" + id)
                .then()
                .statusCode(200);
    }

    private static String body(String name) {
        return """
                {"name":"%s","email":"a@example.com"}""".formatted(name);
    }

    private static UserEvent decode(ConsumerRecord<String, String> record) {
        return UserEvent.CODEC.decode(record.value().getBytes(StandardCharsets.UTF_8));
    }
}
