package io.streamviews.cdc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.restassured.path.json.JsonPath;
import io.streamviews.PackagedProcess;
import io.streamviews.Roles;
import io.streamviews.dev.EmbeddedServers;
import io.streamviews.kafka.ReadyTopics;
import io.streamviews.projection.ViewTables;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A folder of view files and one packaged application with profile {@code projection}: a table that Debezium captures, with
 * schemas and without, and CloudEvents of both modes, over crashes, poison, a rebuild and a replay.
 */
class CapturedTableIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String DATABASE = "materialized_view_db";
    private static final int VISITS = 300;
    /** CloudEvents: of what somebody has visited, until that is forgotten. */
    private static final String VISITS_VIEW =
            """
            CREATE TABLE visit (id bigint PRIMARY KEY, page text NOT NULL, seconds numeric(6,1), at timestamptz);
            CALL source('visit', topic => 'visits', envelope => 'cloudevents',
                        columns => '{"id": "ce/subject", "at": "ce/time"}',
                        deleted => '{"path": "ce/type", "values": ["forgotten"]}');
            """;

    private static final String PAGES =
            """
            CREATE VIEW pages AS
            SELECT page, count(*) AS visits, sum(seconds) AS seconds FROM visit GROUP BY page;
            CALL keep('pages');
            """;

    /** What is left of the visits, of which each tenth is forgotten, in plain SQL. */
    private static final String LEFT =
            """
            SELECT i::bigint AS id, '/p' || i %% 7 AS page, (i %% 60 + 0.5)::numeric(6,1) AS seconds,
                   timestamptz '2026-11-29 01:00:00.25Z' AS at
            FROM generate_series(0, %d) i WHERE i %% 10 <> 9
            """
                    .formatted(VISITS - 1);

    private static final String FOLDED_VISITS = symmetricDifference("SELECT id, page, seconds, at FROM %s.visit", LEFT);
    private static final String FOLDED_PAGES = symmetricDifference(
            "SELECT page, visits, seconds FROM %s.pages",
            "SELECT page, count(*), sum(seconds) FROM (" + LEFT + ") v GROUP BY page");

    @TempDir
    Path directory;

    private EmbeddedServers servers;
    private Connection connection;
    private ViewTables tables;
    private KafkaProducer<String, String> producer;
    private PackagedProcess application;

    @BeforeEach
    void install() throws Exception {
        servers = new EmbeddedServers(directory.resolve("servers"), 0, 0, Map.of("wal_level", "logical")).start();
        Roles.prepareForEngine(servers.getDatabasePort(), DATABASE);
        connection = Roles.connect(servers.getDatabasePort(), DATABASE, "postgres");
        tables = new ViewTables(servers.getConfiguration().get("quarkus.datasource.reactive.url"), "postgres", "views");
        Map<String, Object> kafka = Map.of("bootstrap.servers", servers.getBootstrapServers());
        try (Admin admin = Admin.create(kafka)) {
            ReadyTopics.create(admin, List.of(new NewTopic("visits", 3, (short) 1)));
        }
        producer = new KafkaProducer<>(kafka, new StringSerializer(), new StringSerializer());
        write("10_item.sql", CapturedTable.VIEWS);
        write("20_visit.sql", VISITS_VIEW);
        write("30_pages.sql", PAGES);
    }

    @AfterEach
    void close() throws Exception {
        if (application != null) {
            application.close();
        }
        producer.close();
        tables.close();
        connection.close();
        servers.close();
    }

    @Test
    void theViewsEqualTheTableOverCrashesPoisonRebuildAndReplay() throws Exception {
        execute(CapturedTable.TABLE);
        execute(CapturedTable.INSERT.formatted(1, 20));
        application = start("first");
        try (ConnectProcess connect = CapturedTable.connect(directory, servers)) {
            visits(0, VISITS / 2);
            await().atMost(PATIENCE).until(() -> isThere("told") && rows("told") == 20 && rows("declared") == 20);

            application.kill();
            execute(CapturedTable.INSERT.formatted(21, 31));
            execute("UPDATE item SET amount = -amount, doc = NULL, tags = '{}', day = 'epoch' WHERE active");
            execute("UPDATE item SET id = 'ffffffff-ffff-ffff-ffff-ffffffffffff' WHERE note = 'note 8'");
            execute("DELETE FROM item WHERE mood = 'sad' AND NOT active");
            visits(VISITS / 2, VISITS);
            application = start("second");
            execute("INSERT INTO item (id) VALUES ('99999999-9999-9999-9999-999999999999')");
            poison();

            equal();
            assertThat(rows("told")).isGreaterThan(15);
            done("rebuilds", "{}");
            application.kill();
            application = start("third");
            done("replays", "{\"topic\":\"told.public.item\",\"from\":\"earliest\"}");
            equal();
            assertThat(done("verifications", "{\"depth\":\"deep\"}").getLong("differing"))
                    .isZero();
            assertThat(connect.pid()).isPositive();
        }
    }

    private void visits(int from, int to) {
        for (int i = from; i < to; i++) {
            String data = "{\"page\":\"/p%d\",\"seconds\":%d.5}".formatted(i % 7, i % 60);
            if (i % 2 == 0) {
                structured(i, "visited", data);
            } else {
                binary(i, "visited", data);
            }
            if (i % 10 == 9) {
                binary(i, "forgotten", null);
            }
        }
    }

    private void poison() {
        structured(1, "visited", "{\"seconds\":1}");
        binary(1, "visited", "{\"page\":\"/p1\",\"seconds\":123456.7}");
        producer.send(new ProducerRecord<>("visits", "1", "{\"page\":\"/p1\"}"));
    }

    private void structured(int id, String type, String data) {
        String event =
                "{\"specversion\":\"1.0\",\"id\":\"%1$d\",\"source\":\"/\",\"type\":\"%2$s\",\"subject\":\"%1$d\","
                        + "\"time\":\"2026-11-29T10:00:00.25+09:00\",\"data\":%3$s}";
        producer.send(new ProducerRecord<>("visits", Integer.toString(id), event.formatted(id, type, data)));
    }

    private void binary(int id, String type, String data) {
        ProducerRecord<String, String> record =
                new ProducerRecord<>("visits", Integer.toString(id), data == null ? "{}" : data);
        Map.of("specversion", "1.0", "type", type, "subject", Integer.toString(id), "time", "2026-11-29T01:00:00.25Z")
                .forEach((name, value) -> record.headers().add("ce_" + name, value.getBytes(UTF_8)));
        producer.send(record);
    }

    private void equal() {
        for (String view : List.of("told", "declared")) {
            for (String column : CapturedTable.COLUMNS.split(", ")) {
                await().atMost(PATIENCE)
                        .untilAsserted(() -> assertThat(tables.query(CapturedTable.difference(view, "id, " + column)))
                                .as("%s.%s", view, column)
                                .isEmpty());
            }
        }
        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(tables.count("SELECT count(*) FROM %s.dead_letter WHERE topic = 'visits'"))
                    .isEqualTo(3);
            assertThat(tables.query(FOLDED_VISITS)).isEmpty();
            assertThat(tables.query(FOLDED_PAGES)).isEmpty();
        });
        assertThat(tables.count("SELECT count(*) FROM %s.dead_letter")).isEqualTo(3);
    }

    private static String symmetricDifference(String one, String other) {
        return "(%1$s EXCEPT (%2$s)) UNION ALL ((%2$s) EXCEPT %1$s)"
                .replace("%1$s", one)
                .replace("%2$s", other);
    }

    private boolean isThere(String view) {
        return !tables.query("SELECT FROM pg_class WHERE relname = '%s' AND relnamespace = to_regnamespace('%%s')"
                        .formatted(view))
                .isEmpty();
    }

    private long rows(String view) {
        return tables.count("SELECT count(*) FROM %s." + view);
    }

    /** Asks for one, and waits until it is done. */
    private JsonPath done(String what, String body) {
        HttpResponse<String> asked = application.send("POST", "/api/admin/" + what, body);
        assertThat(asked.statusCode()).as(asked.body()).isEqualTo(202);
        String location = asked.headers().firstValue("Location").orElseThrow().replaceFirst("https?://[^/]+", "");
        return await().atMost(PATIENCE)
                .until(() -> JsonPath.from(application.get(location).body()), told -> "DONE".equals(told.get("state")));
    }

    private PackagedProcess start(String instance) {
        return PackagedProcess.start(
                "captured-" + instance,
                Map.of(
                        "quarkus.profile",
                        "projection",
                        "streamviews.database.port",
                        Integer.toString(servers.getDatabasePort()),
                        "kafka.bootstrap.servers",
                        servers.getBootstrapServers(),
                        "quarkus.datasource.username",
                        "postgres",
                        "streamviews.views.location",
                        directory.resolve("views").toString(),
                        "kafka-streams.consumer.session.timeout.ms",
                        "1000",
                        "kafka-streams.consumer.heartbeat.interval.ms",
                        "300"));
    }

    private void write(String file, String sql) throws IOException {
        Files.createDirectories(directory.resolve("views"));
        Files.writeString(directory.resolve("views").resolve(file), sql);
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
