package io.streamviews.rebuild;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.restassured.path.json.JsonPath;
import io.streamviews.EmbeddedServersResource;
import io.streamviews.PackagedProcess;
import io.streamviews.Roles;
import io.streamviews.kafka.ReadyTopics;
import io.streamviews.projection.Installation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Another release's view files, which wait for approval while things happen. */
class DeploymentIT {

    private static final Path BUNDLED = Path.of("src/main/resources/views");
    private static final int ORDERS = 50;

    @TempDir
    Path folder;

    private final Map<String, Object> kafka =
            Map.of("bootstrap.servers", EmbeddedServersResource.servers().getBootstrapServers());
    private Installation installation;
    private String topic;

    @BeforeEach
    void install() throws IOException {
        installation = new Installation("deployed");
        topic = "orders-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
        try (Stream<Path> files = Files.list(BUNDLED)) {
            for (Path file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
        Files.writeString(
                folder.resolve("90_orders.sql"),
                "CREATE TABLE orders (id text PRIMARY KEY, n integer);"
                        + " CALL source('orders', topic => '%s', columns => '{\"id\": \"key\"}');".formatted(topic));
    }

    @AfterEach
    void close() {
        installation.close();
    }

    @Test
    void isNotBegunAnewByTheNextInstanceWhereItWasCancelled() {
        PackagedProcess former = start("former", Map.of());
        PackagedProcess first = start("first", newFiles());
        awaitState(former, 1, "HELD");
        PackagedProcess second = start("second", newFiles());
        awaitLog(second, "rebuild 1 makes them anew");

        assertThat(former.send("DELETE", "/api/admin/rebuilds/1", null).statusCode())
                .isEqualTo(202);

        for (PackagedProcess instance : List.of(first, second)) {
            awaitLog(instance, "still those of other files than this instance's: rebuild 1 is CANCELLED");
        }
        assertThat(state(former, 2)).isNull();
    }

    @Test
    void isRefusedWhereTheFilesAreNeverTheSame() throws IOException {
        start("former", Map.of());
        Files.writeString(
                folder.resolve("95_time.sql"),
                "DO $$ BEGIN EXECUTE format('CREATE VIEW made AS SELECT %L AS at', clock_timestamp()); END $$;");

        PackagedProcess next = start("next", newFiles());

        awaitLog(next, "cannot be run: PostgreSQL makes something else of them each time");
        assertThat(next.get("/q/metrics").body()).contains("streamviews_rebuild_refused 1.0");
    }

    @Test
    void hasTheRowsOfATopicThatIsMadeWhileTheNextOneWaits() throws Exception {
        PackagedProcess former = start("former", newFiles());
        PackagedProcess next = start("next", otherFiles());
        awaitState(former, 1, "HELD");
        produceOrders();
        await("rows of the topic").atMost(Installation.PATIENCE).until(() -> orders("views") == ORDERS);

        assertThat(next.send("POST", "/api/admin/rebuilds/1/exchange", null).statusCode())
                .isEqualTo(202);

        await("exchange").atMost(Installation.PATIENCE).until(() -> {
            String state = state(former, 1);
            assertThat(orders("views")).isEqualTo(ORDERS);
            return state.equals("DONE");
        });

        installation.views.query("CREATE VIEW public.report AS SELECT id FROM views.orders");
        assertThat(next.send("POST", "/api/admin/rebuilds", null).statusCode()).isEqualTo(202);
        awaitState(former, 2, "FAILED");
        installation.views.query("DROP VIEW public.report");
        assertThat(rollBack(next)).isEqualTo("Rebuild 1: ROLLED_BACK\n");
    }

    @Test
    void hasTheRowOfEachViewOfATopicWhoseLastEventThatCanBeReadIsGone() throws Exception {
        Files.writeString(
                folder.resolve("85_note.sql"),
                "CREATE TABLE note (id text PRIMARY KEY);"
                        + " CALL source('note', topic => '%s', columns => '{\"id\": \"key\"}');".formatted(topic));
        PackagedProcess instance = start("instance", newFiles());
        produceOrders();
        produce("seven", "no order");
        await("the letter")
                .atMost(Installation.PATIENCE)
                .until(() -> installation.views.count(
                                "SELECT count(*) FROM views.dead_letter WHERE (base_view, row_key) = ('note', 'seven')")
                        == 1);
        // as if its event had stood before the one that cannot be read
        installation.views.query("INSERT INTO views.orders (id, n, version, source_offset) VALUES ('seven', 7, 1, -1);"
                + " INSERT INTO views.note (id, version, source_offset) VALUES ('seven', 1, -1)");

        assertThat(instance.send("POST", "/api/admin/rebuilds", null).statusCode())
                .isEqualTo(202);
        awaitState(instance, 1, "DONE");

        assertThat(orders("views")).isEqualTo(ORDERS + 1);
        assertThat(installation.views.count("SELECT count(*) FROM views.note WHERE id = 'seven'"))
                .isEqualTo(1);
    }

    @Test
    void ofFewerTopicsReadsTheOthersNoMoreAtOnce() throws Exception {
        String anew = "Other topics are to be read";
        produceOrders();
        start("former", newFiles());
        await("rows of the topic").atMost(Installation.PATIENCE).until(() -> orders("views") == ORDERS);
        PackagedProcess next = start("next", Map.of("streamviews.views.on-change", "hold"));
        awaitState(next, 1, "HELD");
        assertThat(next.log()).doesNotContain(anew);

        assertThat(next.send("POST", "/api/admin/rebuilds/1/exchange", null).statusCode())
                .isEqualTo(202);
        awaitState(next, 1, "DONE");

        await(anew).atMost(Duration.ofSeconds(3)).until(() -> next.log().contains(anew));
    }

    @Test
    void isNotGivenUpWhereTheAttemptThatMayBeTheLastOneIsHeldAndBreaksOff() {
        Map<String, String> settings = new HashMap<>(newFiles());
        settings.put("streamviews.rebuild.max-attempts", "1");
        PackagedProcess instance = start("instance", settings);
        assertThat(instance.send("POST", "/api/admin/rebuilds?hold=true", null).statusCode())
                .isEqualTo(202);
        awaitState(instance, 1, "HELD");

        installation.views.query("ALTER TABLE views_next.projection_position RENAME TO away");
        await("the attempt's end")
                .atMost(Installation.PATIENCE)
                .until(() -> installation.views.count(
                                "SELECT count(*) FROM public.rebuild WHERE error IS NOT NULL OR finished_at IS NOT NULL")
                        == 1);

        assertThat(state(instance, 1)).isEqualTo("HELD");
        installation.views.query("ALTER TABLE views_next.away RENAME TO projection_position");
        assertThat(instance.send("POST", "/api/admin/rebuilds/1/exchange", null).statusCode())
                .isEqualTo(202);
        awaitState(instance, 1, "DONE");
    }

    @Test
    void isComparedWhereTopicsHaveOnePartition() {
        String database = "one_" + ProcessHandle.current().pid() + "_" + System.nanoTime();
        Roles.createDatabase(database);
        Map<String, String> settings = Map.of(
                "streamviews.database.name",
                database,
                "streamviews.topics.partitions",
                "1",
                "streamviews.topics.user-events",
                topic + "-users",
                "streamviews.topics.post-events",
                topic + "-posts",
                "quarkus.kafka-streams.application-id",
                topic);
        try (PackagedProcess instance = PackagedProcess.start(topic, settings)) {
            instance.awaitReady();
            assertThat(instance.send("POST", "/api/admin/rebuilds?hold=true", null)
                            .statusCode())
                    .isEqualTo(202);
            awaitState(instance, 1, "HELD");
            assertThat(instance.get("/api/admin/rebuilds/1/changes").statusCode())
                    .isEqualTo(200);
        }
    }

    private static String rollBack(PackagedProcess instance) throws Exception {
        ViewsScript script = ViewsScript.run(instance, "rollback");
        assertThat(script.exitCode()).as(script.output()).isZero();
        return script.output();
    }

    private void produceOrders() throws Exception {
        try (Admin admin = Admin.create(kafka);
                KafkaProducer<String, String> producer =
                        new KafkaProducer<>(kafka, new StringSerializer(), new StringSerializer())) {
            ReadyTopics.create(admin, List.of(new NewTopic(topic, 3, (short) 1)));
            for (int i = 0; i < ORDERS; i++) {
                producer.send(new ProducerRecord<>(topic, Integer.toString(i), "{\"n\": %d}".formatted(i)));
            }
        }
    }

    private void produce(String key, String value) {
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(kafka, new StringSerializer(), new StringSerializer())) {
            producer.send(new ProducerRecord<>(topic, key, value));
        }
    }

    private long orders(String schema) {
        return installation.views.count("SELECT count(*) FROM %s.orders".formatted(schema));
    }

    private Map<String, String> newFiles() {
        return Map.of("streamviews.views.location", folder.toString(), "streamviews.views.on-change", "hold");
    }

    private Map<String, String> otherFiles() throws IOException {
        Path other = Files.createDirectory(folder.resolve("other"));
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, other.resolve(file.getFileName()));
            }
        }
        Files.writeString(other.resolve("95_more.sql"), "CREATE VIEW more AS SELECT id FROM orders WHERE n > 7;");
        Map<String, String> settings = new HashMap<>(newFiles());
        settings.put("streamviews.views.location", other.toString());
        return settings;
    }

    private PackagedProcess start(String instance, Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(Installation.QUICK_FAIL_OVER);
        all.putAll(settings);
        return installation.start(instance, all);
    }

    private static void awaitLog(PackagedProcess process, String text) {
        await(text).atMost(Installation.PATIENCE).until(() -> process.log().contains(text));
    }

    private static void awaitState(PackagedProcess process, int rebuild, String state) {
        await(state).atMost(Installation.PATIENCE).until(() -> state.equals(state(process, rebuild)));
    }

    private static String state(PackagedProcess process, int rebuild) {
        return JsonPath.from(process.get("/api/admin/rebuilds/" + rebuild).body())
                .getString("state");
    }
}
