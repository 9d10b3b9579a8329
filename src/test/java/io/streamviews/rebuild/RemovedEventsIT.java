package io.streamviews.rebuild;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.restassured.path.json.JsonPath;
import io.streamviews.EmbeddedServersResource;
import io.streamviews.PackagedProcess;
import io.streamviews.Roles;
import io.streamviews.dev.EmbeddedServersMXBean;
import io.streamviews.kafka.ReadyTopics;
import io.streamviews.projection.ViewTables;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a topic does not hold any more outlives each generation of views, as Kafka's default retention of a week needs it. */
class RemovedEventsIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final EmbeddedServersMXBean SERVERS = EmbeddedServersResource.servers();

    private static final Map<String, Object> KAFKA = Map.of("bootstrap.servers", SERVERS.getBootstrapServers());

    private static final String ORDERS =
            """
            CREATE TABLE %4$s (id bigint PRIMARY KEY, amount bigint NOT NULL%2$s);
            CALL source('%4$s', topic => '%1$s', version => '/v', deleted => '"/%5$s"', columns => '{"id": "%3$s"}');
            CREATE VIEW revenue AS SELECT count(*) AS orders, sum(amount) AS amount FROM %4$s;
            CALL keep('revenue');
            """;

    private static final String RENAMED = "with-another-table";

    private static final String IS_RIGHT =
            """
            SELECT concat((SELECT count(*) FROM %s.orders), ' rows, ', (SELECT count(*) FROM %s.dead_letter),
                          ' letters, revenue ', (SELECT orders FROM %s.revenue), ': ',
                          (SELECT amount FROM %s.revenue) = (SELECT sum(amount) FROM %s.orders))
            """;

    @TempDir
    Path folder;

    private final String name =
            "removed_%d_%d".formatted(ProcessHandle.current().pid(), System.nanoTime());
    private Admin admin;
    private KafkaProducer<String, String> producer;
    private ViewTables tables;
    private PackagedProcess process;

    @BeforeEach
    void readOrdersAndHaveRetentionRemoveThem() throws Exception {
        Roles.createDatabaseOfEngine(name);
        admin = Admin.create(KAFKA);
        createTopic();
        tables = new ViewTables(
                "postgresql://localhost:%d/%s".formatted(SERVERS.getDatabasePort(), name), "postgres", "views");
        process = start("first", "", "key", "exchange");
        for (int id = 1; id <= 100; id++) {
            order(id, 2, id, false);
        }
        order(3, 3, 0, true);
        producer.send(new ProducerRecord<>(name, "no number", "{\"amount\":1}"));
        awaitThat("99 rows, 1 letters, revenue 99: t");
        removeAll();
        for (int id = 101; id <= 110; id++) {
            order(id, 1, id, false);
        }
        // what is older than what the topic does not say any more
        order(7, 1, -7, false);
        order(3, 1, -3, false);
        awaitThat("109 rows, 1 letters, revenue 109: t");
        await("all of it").atMost(PATIENCE).until(() -> lag() == 0);
    }

    @AfterEach
    void close() {
        process.close();
        tables.close();
        producer.close();
        admin.close();
    }

    @Test
    void staysAlsoWhereTheFilesAreOthersOrTheyAreRefusedUnlessSomebodyWantsToDoWithout() throws Exception {
        replace("holds", ", note text DEFAULT 'none'", "key", "hold");
        awaitState(1, "HELD");
        replace("former", "", "key", "exchange");
        for (int id = 111; id <= 120; id++) {
            order(id, 1, id, false);
        }
        producer.send(new ProducerRecord<>(name, "102", null));
        awaitThat("118 rows, 1 letters, revenue 118: t");
        removeAll();
        // what the files of before read as a row, and the next ones as gone
        producer.send(new ProducerRecord<>(name, "60", "{\"id\":60,\"v\":3,\"amount\":0,\"hidden\":true}"));
        await().atMost(PATIENCE).until(() -> tables.count("SELECT amount FROM %s.orders WHERE id = 60") == 0);
        replace("holds-again", ", note text DEFAULT 'none'", "key", "hold");
        await("the next attempt").atMost(PATIENCE).until(() -> process.log()
                .contains("10 rows of orders are taken over as they are"));
        awaitState(1, "HELD");
        send("/api/admin/rebuilds/1/exchange");

        awaitState(1, "DONE");

        awaitThat("117 rows, 1 letters, revenue 117: t");
        assertThat(tables.count("SELECT amount FROM %s.orders WHERE id = 7 AND note = 'none'"))
                .isEqualTo(7);
        assertThat(tables.count("SELECT count(*) FROM %s.orders WHERE id IN (3, 60)"))
                .isZero();
        assertThat(tables.count("SELECT count(*) FROM %s.projection_gap")).isZero();
        order(50, 3, 1_000, false);
        await().atMost(PATIENCE).until(() -> tables.count("SELECT amount FROM %s.orders WHERE id = 50") == 1_000);

        replace(RENAMED, "", "key", "exchange");
        awaitRefusal(2);
        replace("with-another-key", "", "/id", "exchange");
        awaitRefusal(3);
        awaitThat("117 rows, 1 letters, revenue 117: t");

        ViewsScript apply = ViewsScript.run(process, "apply", "--drop-removed", "orders");
        assertThat(apply.exitCode()).as(apply.output()).isZero();
        assertThat(apply.output()).contains("Rebuild 4: DONE");

        awaitThat("2 rows, 0 letters, revenue 2: t");
    }

    @Test
    void staysWhereTheTopicIsGoneAndWhereItIsMadeAnew() throws Exception {
        producer.close();
        admin.deleteTopics(List.of(name)).all().get();
        await("the end of it")
                .atMost(PATIENCE)
                .until(() -> !admin.listTopics().names().get().contains(name));
        send("/api/admin/rebuilds");

        awaitState(1, "DONE");

        awaitThat("109 rows, 1 letters, revenue 109: t");
        createTopic();
        order(7, 3, 1_007, false);
        order(200, 1, 200, false);
        awaitThat("110 rows, 1 letters, revenue 110: t");
        await().atMost(PATIENCE).until(() -> tables.count("SELECT amount FROM %s.orders WHERE id = 7") == 1_007);
        assertThat(tables.count("SELECT count(*) FROM %s.projection_gap WHERE reason = 'RECREATED'"))
                .isEqualTo(2);
        send("/api/admin/rebuilds");
        awaitState(2, "DONE");
        awaitThat("110 rows, 1 letters, revenue 110: t");
    }

    private void createTopic() throws Exception {
        ReadyTopics.create(admin, List.of(new NewTopic(name, Optional.of(2), Optional.of((short) 1))));
        producer = new KafkaProducer<>(KAFKA, new StringSerializer(), new StringSerializer());
    }

    private void removeAll() throws Exception {
        admin.deleteRecords(ends().entrySet().stream()
                        .collect(Collectors.toMap(
                                Map.Entry::getKey, end -> RecordsToDelete.beforeOffset(end.getValue()))))
                .all()
                .get();
    }

    private Map<TopicPartition, Long> ends() throws Exception {
        return admin
                .listOffsets(Map.of(
                        new TopicPartition(name, 0), OffsetSpec.latest(),
                        new TopicPartition(name, 1), OffsetSpec.latest()))
                .all()
                .get()
                .entrySet()
                .stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, end -> end.getValue().offset()));
    }

    private long lag() throws Exception {
        return ends().values().stream().mapToLong(end -> end).sum()
                - tables.count("SELECT sum(next_offset)::bigint FROM %s.projection_position");
    }

    private void order(long id, int version, int amount, boolean gone) {
        producer.send(new ProducerRecord<>(
                name,
                Long.toString(id),
                "{\"id\":%d,\"v\":%d,\"amount\":%d,\"gone\":%b}".formatted(id, version, amount, gone)));
    }

    /** By one with other files, or another policy. */
    private void replace(String instance, String column, String key, String onChange) throws IOException {
        process.kill();
        process = start(instance, column, key, onChange);
    }

    private PackagedProcess start(String instance, String column, String key, String onChange) throws IOException {
        String table = instance.equals(RENAMED) ? "purchases" : "orders";
        String deleted = instance.startsWith("holds") ? "hidden" : "gone";
        Files.writeString(folder.resolve("10_orders.sql"), ORDERS.formatted(name, column, key, table, deleted));
        return PackagedProcess.startEngine(name, instance, folder, Map.of("streamviews.views.on-change", onChange));
    }

    private void send(String request) {
        assertThat(process.send("POST", request, null).statusCode()).isEqualTo(202);
    }

    private void awaitThat(String isRight) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(tables.value(IS_RIGHT)).isEqualTo(isRight));
    }

    private void awaitRefusal(int rebuild) {
        awaitState(rebuild, "FAILED");
        assertThat(process.get("/api/admin/rebuilds/" + rebuild).body())
                .contains("only a rebuild with dropRemoved=<view>,… goes on without them: 116 of orders");
    }

    private void awaitState(int rebuild, String state) {
        await(state)
                .atMost(PATIENCE)
                .until(() -> state.equals(JsonPath.from(
                                process.get("/api/admin/rebuilds/" + rebuild).body())
                        .getString("state")));
    }
}
