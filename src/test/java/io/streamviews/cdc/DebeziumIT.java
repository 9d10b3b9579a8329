package io.streamviews.cdc;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.restassured.path.json.JsonPath;
import io.streamviews.bench.ViewCheck;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * Debezium publishes in our relay's place, with the connector and the rights that {@code docker/debezium} has. One story: it
 * takes over from our relay, is stopped, is killed, and gives back.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DebeziumIT {

    private static final Duration OFTEN = Duration.ofMillis(500);
    private static final Duration NEVER = Duration.ofHours(1);
    private static final String TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    /** As a command does it whose trace is kept. */
    private static final String TRACED =
            """
            WITH u AS (UPDATE users SET version = version + 1 WHERE id = %2$d RETURNING id, version)
            INSERT INTO event_log
                   (aggregate_type, aggregate_id, version, event_type, message_key, traceparent, payload)
            SELECT 'user', u.id, u.version, 'USER_UPDATED', u.id::text, '%1$s',
                   regexp_replace(e.payload::text, '"version":[0-9]+}$', '"version":' || u.version || '}')::json
              FROM u JOIN event_log AS e ON e.aggregate_type = 'user' AND e.aggregate_id = u.id AND e.version = u.version - 1
            """;

    private static CdcSite site;
    private static int author;

    @BeforeAll
    static void start(@TempDir Path directory) {
        site = new CdcSite(directory);
    }

    @AfterAll
    static void stop() {
        site.close();
    }

    @Test
    @Order(1)
    void itGoesOnWhereOurRelayHasEnded() throws Exception {
        site.startApplication(true);
        author = user("Kim");
        everyKindOfEvent();
        site.awaitPublished();
        site.stopApplication();
        site.grant();
        site.startApplication(false);
        everyKindOfEvent();
        assertThat(site.number("SELECT event_id FROM relay_cursor"))
                .isLessThan(site.number("SELECT max(id) FROM event_log"));

        site.startConnect(OFTEN);

        site.awaitPublished();
        everyKindOfEvent();
        site.execute("postgres", TRACED.formatted(TRACE, author));
        site.bulk(3_000);
        site.awaitPublished();
        TopicRecords topics = TopicRecords.read(site.bootstrapServers());
        assertThat(topics.records()).isEqualTo(log());
        assertThat(topics.headers()).containsExactly("traceparent=" + TRACE);
        viewsAreRight();
    }

    @Test
    @Order(2)
    void topicsThatItIsToMakeAreAsTheApplicationMakesThem() throws Exception {
        JsonPath connector =
                JsonPath.from(Path.of("docker", "debezium", "event-log.json").toFile());
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", site.bootstrapServers()))) {
            for (String group : List.of("users", "posts")) {
                String prefix = "topic.creation." + group + ".";
                Map<String, String> said = new HashMap<>();
                connector.<Map<String, String>>get().forEach((name, value) -> {
                    if (name.startsWith(prefix)) {
                        said.put(name.substring(prefix.length()), value);
                    }
                });
                String topic = said.remove("include");
                ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
                Map<String, String> made =
                        admin.describeConfigs(List.of(resource)).all().get().get(resource).entries().stream()
                                .filter(entry -> entry.source() == ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG)
                                .collect(toMap(ConfigEntry::name, ConfigEntry::value));
                made.put("partitions", "6");

                assertThat(said).isEqualTo(made);
            }
        }
    }

    @Test
    @Order(2)
    void itsRoleMayDoNoMoreThanThat() {
        for (String forbidden : new String[] {
            "INSERT INTO event_log (aggregate_type, aggregate_id, version, event_type, message_key, payload)"
                    + " VALUES ('user', 1, 99, 'USER_UPDATED', '1', '{}')",
            "UPDATE relay_cursor SET event_id = 0",
            "SELECT * FROM users",
            "SELECT * FROM debezium_mark",
            "SELECT forget_user(1)",
            "CREATE TABLE mine ()"
        }) {
            assertThatThrownBy(() -> site.execute(ConnectProcess.ROLE, forbidden))
                    .hasMessageContaining("permission denied");
        }
    }

    @Test
    @Order(3)
    void whatOthersWriteDoesNotHoldTheWriteAheadLog() throws SQLException {
        site.execute("postgres", "CREATE TABLE busy AS SELECT generate_series(1, 10000) AS n");
        long end = site.number("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn");

        await().atMost(CdcSite.PATIENCE)
                .until(() ->
                        site.number("SELECT confirmed_flush_lsn - '0/0'::pg_lsn FROM pg_replication_slots") >= end);
    }

    @Test
    @Order(4)
    void whileItIsStoppedReadinessSaysSoAndThenNothingIsPublishedTwice() throws Exception {
        site.stopConnect();
        everyKindOfEvent();

        await().atMost(CdcSite.PATIENCE)
                .until(() -> String.valueOf(relay("data.trouble")).contains("Debezium has not been heard of"));
        assertThat(relay("status").toString()).isEqualTo("DOWN");
        await().atMost(CdcSite.PATIENCE).until(() -> relay("data.backlog") instanceof Integer backlog && backlog > 0);
        assertThat(site.get("/q/metrics"))
                .containsPattern("streamviews_relay_backlog [1-9]")
                .containsPattern("streamviews_relay_waiting_seconds [1-9]")
                .doesNotContain("streamviews_relay_active");

        site.startConnect(OFTEN);
        site.awaitPublished();
        await().atMost(CdcSite.PATIENCE).until(() -> relay("status").equals("UP"));
        assertThat(site.get("/q/metrics")).containsPattern("streamviews_relay_waiting_seconds 0.0\\s");
        assertThat(TopicRecords.read(site.bootstrapServers()).records()).isEqualTo(log());
        viewsAreRight();
    }

    @Test
    @Order(5)
    void aSlotThatIsLostLosesNothing() throws Exception {
        site.stopConnect();
        everyKindOfEvent();
        site.execute("postgres", "SELECT pg_drop_replication_slot('streamviews')");

        site.startConnect(OFTEN);

        site.awaitPublished();
        assertThat(TopicRecords.read(site.bootstrapServers()).withoutDoubles()).isEqualTo(log());
        viewsAreRight();
    }

    @Test
    @Order(6)
    void killedBeforeItHasKeptItsPlaceItDoublesRecordsAndNothingInTheViews() throws Exception {
        site.stopConnect();
        site.startConnect(NEVER);
        int before = TopicRecords.read(site.bootstrapServers()).size();
        long person = everyKindOfEvent();
        JsonPath erasure = site.send("POST", "/api/admin/erasures", "{\"subject\":\"user:%d\"}".formatted(person), 202);
        await().atMost(CdcSite.PATIENCE).until(() -> TopicRecords.read(site.bootstrapServers())
                .withoutDoubles()
                .equals(log()));
        viewsAreRight();
        // It may be published once more, so nobody is forgotten yet.
        assertThat(erasure("waitsFor", erasure)).isEqualTo("The deletion is to be published");
        int published = TopicRecords.read(site.bootstrapServers()).size();
        assertThat(published).isGreaterThan(before);

        site.killConnect();
        site.startConnect(OFTEN);

        site.awaitPublished();
        TopicRecords topics = TopicRecords.read(site.bootstrapServers());
        assertThat(topics.size()).isGreaterThan(published);
        viewsAreRight();
        await().atMost(CdcSite.PATIENCE).until(() -> "COMPACTING".equals(erasure("state", erasure)));
        // What is forgotten is an update of the log, and no event.
        everyKindOfEvent();
        site.awaitPublished();
        assertThat(TopicRecords.read(site.bootstrapServers()).records().toString())
                .doesNotContain("erased.invalid");
        viewsAreRight();
    }

    @Test
    @Order(7)
    void ourRelayGoesOnWhereItHasEnded() throws Exception {
        site.stopConnect();
        everyKindOfEvent();
        site.stopApplication();
        long published = TopicRecords.read(site.bootstrapServers()).size();

        site.startApplication(true);

        site.awaitPublished();
        everyKindOfEvent();
        site.awaitPublished();
        assertThat(TopicRecords.read(site.bootstrapServers()).size()).isGreaterThanOrEqualTo((int) published + 8);
        viewsAreRight();
    }

    /** Four events; the user, who is gone in the end. */
    private static long everyKindOfEvent() {
        int user = user("홍길동 \\\"é\\\" 😀");
        site.send("PUT", "/api/users/" + user, user("길동", "a/b"), 200);
        site.send(
                "POST", "/api/posts", "{\"title\":\"안녕\",\"content\":\"c\\n\",\"authorId\":%d}".formatted(author), 201);
        site.send("DELETE", "/api/users/" + user, null, 204);
        return user;
    }

    private static int user(String name) {
        return site.send("POST", "/api/users", user(name, "개발팀"), 201).getInt("id");
    }

    private static String user(String name, String department) {
        return "{\"name\":\"%s\",\"email\":\"kim@example.com\",\"department\":\"%s\"}".formatted(name, department);
    }

    private static Map<String, List<String>> log() throws SQLException {
        try (Connection connection = site.connection("postgres")) {
            return TopicRecords.ofLog(connection);
        }
    }

    private static void viewsAreRight() {
        await().atMost(CdcSite.PATIENCE).ignoreExceptions().untilAsserted(() -> {
            try (Connection connection = site.connection("postgres")) {
                assertThat(ViewCheck.errors(connection)).isZero();
            }
        });
    }

    private static Object relay(String path) {
        return site.ready().get("checks.find { it.name == 'relay' }." + path);
    }

    private static String erasure(String path, JsonPath requested) {
        return JsonPath.from(site.get("/api/admin/erasures/" + requested.getLong("id")))
                .getString(path);
    }
}
