package io.streamviews;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.restassured.path.json.JsonPath;
import io.streamviews.dev.EmbeddedServersMXBean;
import io.streamviews.kafka.ReadyTopics;
import io.streamviews.projection.ViewTables;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Somebody's own topics and view files, no user, no post, no Java: the packaged application with profile {@code projection}. */
class OwnTopicsIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration STUCK_AFTER = Duration.ofSeconds(1);
    private static final EmbeddedServersMXBean SERVERS = EmbeddedServersResource.servers();

    private static final String ORDERS =
            """
            CREATE TABLE order_view (
                order_id    uuid          PRIMARY KEY,
                customer_id bigint        NOT NULL,
                country     text,
                amount      numeric(12,2) NOT NULL CHECK (amount >= 0),
                placed_at   timestamptz   NOT NULL,
                lines       jsonb
            );
            CALL source('order_view', topic => '%1$sorders', deleted => '"/cancelled"',
                        columns => '{"customer_id": "/customer/id", "country": "/customer/country"}');
            """;

    private static final String STOCK =
            """
            CREATE TABLE stock (
                warehouse text,
                sku       text,
                pieces    integer NOT NULL,
                PRIMARY KEY (warehouse, sku)
            );
            CALL source('stock', topic => '%1$sstock', columns => '{"warehouse": "key/warehouse", "sku": "key/sku"}');
            """;

    private static final String LATE =
            """
            CREATE TABLE late (id text PRIMARY KEY, said text);
            CALL source('late', topic => '%1$slate', columns => '{"id": "key"}');
            """;

    private static final String WRONG =
            """
            CREATE TABLE wrong (id bigint PRIMARY KEY, said text);
            CALL source('wrong', topic => '%1$sorders-too', columns => '{"missing": "/x"}');
            CREATE TABLE nowhere (id bigint PRIMARY KEY);
            CALL source('nowhere', topic => '${no.such.property}');
            """;

    @TempDir
    Path folder;

    private final String name = "own_%d_%d".formatted(ProcessHandle.current().pid(), System.nanoTime());
    private final String prefix = name + "-";
    private Admin admin;
    private KafkaProducer<String, String> producer;
    private ViewTables tables;
    private PackagedProcess process;

    @BeforeEach
    void install() throws Exception {
        Roles.createDatabaseOfEngine(name);
        Map<String, Object> kafka = Map.of("bootstrap.servers", SERVERS.getBootstrapServers());
        admin = Admin.create(kafka);
        ReadyTopics.create(admin, List.of(topic("orders", 3), topic("stock", 2)));
        producer = new KafkaProducer<>(kafka, new StringSerializer(), new StringSerializer());
        tables = new ViewTables(
                "postgresql://localhost:%d/%s".formatted(SERVERS.getDatabasePort(), name), "postgres", "views");
        write("10_order_view.sql", ORDERS);
        write("20_stock.sql", STOCK);
        write("30_late.sql", LATE);
        process = start("first");
    }

    @AfterEach
    void close() {
        process.close();
        tables.close();
        producer.close();
        admin.close();
    }

    @Test
    void areKeptRightOverCrashesRebuildsReplaysAndPoison() throws Exception {
        for (int i = 0; i < 500; i++) {
            order(i, i % 7 == 0 ? "null" : "\"C%d\"".formatted(i % 5), i + ".25", false);
            stock("w" + i % 3, "s" + i % 50, i);
        }
        order(3, "\"C3\"", "3.25", true);
        stockTombstone("w0", "s0");
        awaitCounts(499, 149);

        process.kill();
        for (int i = 500; i < 600; i++) {
            order(i, "\"late\"", "1", false);
        }
        process = start("second");
        awaitCounts(599, 149);
        assertThat(tables.value("SELECT amount::text FROM %s.order_view WHERE order_id = '" + id(5) + "'"))
                .isEqualTo("5.25");
        assertThat(tables.value("SELECT lines #>> '{0,sku}' FROM %s.order_view WHERE order_id = '" + id(5) + "'"))
                .isEqualTo("a-5");

        producer.send(new ProducerRecord<>(prefix + "orders", "k", "{\"orderId\":\"no uuid\"}"));
        producer.send(
                new ProducerRecord<>(prefix + "orders", "k", "{\"orderId\":\"%s\",\"amount\":1}".formatted(id(9_999))));
        order(9_998, "\"C\"", "-1", false);
        producer.send(new ProducerRecord<>(prefix + "stock", "no json", "{\"pieces\":1}"));
        producer.send(
                new ProducerRecord<>(prefix + "stock", "{\"warehouse\":\"w\",\"sku\":\"s\"}", "{\"pieces\":\"many\"}"));
        await().atMost(PATIENCE).until(() -> tables.count("SELECT count(*) FROM %s.dead_letter") == 5);
        assertThat(tables.query("SELECT error FROM %s.dead_letter"))
                .extracting(row -> row.getString(0))
                .anyMatch(error -> error.contains(
                        "order_view.order_id: expected a UUID of 36 characters at /orderId, found \"no uuid\""))
                .anyMatch(error ->
                        error.contains("order_view.customer_id: expected a value at /customer/id, found nothing"))
                .anyMatch(error -> error.contains("order_view_amount_check"))
                .anyMatch(error -> error.contains("stock.pieces: expected an integer"));

        moveStockToOtherPartitions();
        assertThat(process.send("POST", "/api/admin/rebuilds", null).statusCode())
                .isEqualTo(202);
        await().atMost(PATIENCE).until(() -> state("/api/admin/rebuilds/1").equals("DONE"));
        awaitCounts(599, 148);
        assertThat(tables.count("SELECT count(*) FROM %s.stock WHERE pieces = -1"))
                .isEqualTo(148);
        assertThat(process.send(
                                "POST",
                                "/api/admin/replays",
                                "{\"topic\":\"%sorders\",\"from\":\"earliest\"}".formatted(prefix))
                        .statusCode())
                .isEqualTo(202);
        var verification = process.send("POST", "/api/admin/verifications", "{\"depth\":\"deep\"}");
        assertThat(verification.statusCode()).as(verification.body()).isEqualTo(202);
        await().atMost(PATIENCE).until(() -> state("/api/admin/verifications/1").equals("DONE"));
        assertThat(JsonPath.from(process.get("/api/admin/verifications/1").body())
                        .getLong("differing"))
                .isZero();
        awaitCounts(599, 148);
    }

    @Test
    void waitForTheirTopicAloneAndNothingOfUsersAndPostsIsThere() throws Exception {
        order(1, "\"C\"", "1", false);
        await().atMost(PATIENCE).until(() -> tables.count("SELECT count(*) FROM %s.order_view") == 1);
        assertThat(process.log()).contains("Topic %slate does not exist yet".formatted(prefix));
        assertThat(process.get("/q/health/ready").body()).contains("late does not exist yet");
        assertThat(process.get("/api/admin/topics").body()).contains(prefix + "orders", prefix + "stock");
        assertThat(process.get("/api/admin/topics/%sorders/records".formatted(prefix))
                        .body())
                .contains(id(1));
        assertThat(process.get("/api/admin/topics").body()).doesNotContain("user-events");
        await("ready for longer than what is waited for may stand still")
                .during(STUCK_AFTER.multipliedBy(3))
                .atMost(PATIENCE)
                .until(() -> process.get("/q/health/ready").statusCode() == 200);

        ReadyTopics.create(admin, List.of(topic("late", 1)));
        producer.send(new ProducerRecord<>(prefix + "late", "x", "{\"said\":\"hello\"}"));
        await().atMost(PATIENCE).until(() -> tables.count("SELECT count(*) FROM %s.late") == 1);
        RecordMetadata sent = producer.send(new ProducerRecord<>(prefix + "late", "x", "{\"said\":\"more\"}"))
                .get();
        await().atMost(PATIENCE).until(() -> readAfter(sent, "/api/views/late").statusCode() == 200);
        assertThat(readAfter(sent, "/api/views/late").body()).contains("more");
        assertThat(readAfter("user:1:1", "/api/views/late").body()).contains("must name a record's place");

        assertThat(tables.query(
                        "SELECT relname FROM pg_class WHERE relname IN ('users', 'posts', 'event_log', 'user_view')"))
                .isEmpty();
        Set<String> topics = admin.listTopics().names().get();
        assertThat(topics.stream().filter(topic -> topic.startsWith(prefix)))
                .containsExactlyInAnyOrder(prefix + "orders", prefix + "stock", prefix + "late");
        assertThat(process.get("/api/users/1").statusCode()).isEqualTo(404);
        assertThat(process.get("/api/posts").statusCode()).isEqualTo(404);
    }

    @Test
    void waitAloneWhereADeclarationIsWrong() throws Exception {
        process.close();
        tables.query("DROP SCHEMA %s CASCADE");
        write("40_wrong.sql", WRONG);
        process = start("wrong");
        order(1, "\"C\"", "1", false);

        await().atMost(PATIENCE).until(() -> tables.count("SELECT count(*) FROM %s.order_view") == 1);
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(process.get("/q/health/ready").body())
                        .contains("source of wrong:", "no column missing", "there is no property no.such.property"));
        assertThat(process.get("/q/health/ready").statusCode()).isEqualTo(200);
    }

    /** Where offsets are lower than where the keys were before. */
    private void moveStockToOtherPartitions() throws Exception {
        admin.createPartitions(Map.of(prefix + "stock", NewPartitions.increaseTo(4)))
                .all()
                .get();
        for (int i = 0; i < 150; i++) {
            String key = "{\"warehouse\":\"w%d\",\"sku\":\"s%d\"}".formatted(i % 3, i % 50);
            String value = i > 1 ? "{\"pieces\":-1}" : null;
            producer.send(new ProducerRecord<>(prefix + "stock", 2 + i % 2, key, value))
                    .get();
        }
        await().atMost(PATIENCE).until(() -> tables.count("SELECT count(*) FROM %s.stock WHERE pieces = -1") == 148);
        awaitCounts(599, 148);
    }

    private HttpResponse<String> readAfter(RecordMetadata sent, String path) {
        return readAfter("%s/%d/%d".formatted(sent.topic(), sent.partition(), sent.offset()), path);
    }

    private HttpResponse<String> readAfter(String token, String path) {
        return process.send("GET", path, null, Map.of("Consistency-Token", token));
    }

    private PackagedProcess start(String instance) {
        return PackagedProcess.startEngine(
                name, instance, folder, Map.of("streamviews.relay.stuck-after", STUCK_AFTER.toString()));
    }

    private void write(String file, String sql) throws IOException {
        Files.writeString(folder.resolve(file), sql.formatted(prefix));
    }

    private NewTopic topic(String topic, int partitions) {
        return new NewTopic(prefix + topic, Optional.of(partitions), Optional.of((short) 1));
    }

    private static String id(int number) {
        return "00000000-0000-4000-8000-%012d".formatted(number);
    }

    private void order(int number, String country, String amount, boolean cancelled) {
        String value =
                """
                {"orderId":"%s","customer":{"id":%d,"country":%s},"amount":%s,"placedAt":"2026-11-29T10:00:00+09:00",
                 "lines":[{"sku":"a-%d","price":1.10}],"cancelled":%s,"unknown":{"deep":[1,2,{"x":null}]}}
                """
                        .formatted(id(number), number, country, amount, number, cancelled);
        producer.send(new ProducerRecord<>(prefix + "orders", id(number), value));
    }

    private void stock(String warehouse, String sku, int pieces) {
        producer.send(new ProducerRecord<>(
                prefix + "stock",
                "{\"warehouse\":\"%s\",\"sku\":\"%s\"}".formatted(warehouse, sku),
                "{\"pieces\":%d}".formatted(pieces)));
    }

    private void stockTombstone(String warehouse, String sku) {
        producer.send(new ProducerRecord<>(
                prefix + "stock", "{\"warehouse\":\"%s\",\"sku\":\"%s\"}".formatted(warehouse, sku), null));
    }

    private void awaitCounts(long orders, long stock) {
        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(tables.count("SELECT count(*) FROM %s.order_view")).isEqualTo(orders);
            assertThat(tables.count("SELECT count(*) FROM %s.stock")).isEqualTo(stock);
        });
    }

    private String state(String path) {
        return JsonPath.from(process.get(path).body()).getString("state");
    }
}
