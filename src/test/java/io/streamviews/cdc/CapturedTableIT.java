package io.streamviews.cdc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.streamviews.Roles;
import io.streamviews.dev.EmbeddedServers;
import io.streamviews.projection.BatchWriter;
import io.streamviews.projection.Positions;
import io.streamviews.projection.TopicRecord;
import io.streamviews.projection.ViewTables;
import io.streamviews.projection.ViewTransactions;
import io.streamviews.projection.WriteBatch;
import io.streamviews.projection.generation.TestGenerations;
import io.streamviews.source.BaseView;
import io.streamviews.source.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A table that Debezium captures, with schemas and without, and the base views that are declared from its topics. */
class CapturedTableIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String DATABASE = "materialized_view_db";
    private static final String COLUMNS =
            "id, amount, any_number, made_at, local_at, day, clock, doc, tags, days, bytes, mood, active, bits, note";

    private static final String TABLE =
            """
            CREATE TYPE mood AS ENUM ('sad', 'happy');
            CREATE TABLE item (
                id uuid PRIMARY KEY, amount numeric(12,2), any_number numeric, made_at timestamptz, local_at timestamp,
                day date, clock time, doc jsonb, tags text[], days date[], bytes bytea, mood mood, active boolean,
                bits bit(5), note text)
            """;

    private static final String INSERT =
            """
            INSERT INTO item
            SELECT ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, n * 1.25 - 100, 10::numeric ^ (n - 20),
                   now() + n * interval '1 day', '2025-07-17 06:03:43.792924'::timestamp + n * interval '1 second',
                   date '1969-12-25' + n, '23:59:59.999999', jsonb_build_object('n', n * 1.10, 'a', ARRAY[1, n]),
                   ARRAY['a"\\', NULL, '한글' || n], ARRAY[date '2000-01-01' + n, NULL],
                   decode(lpad(to_hex(n), 8, '0'), 'hex'), (ARRAY['sad', 'happy'])[1 + n %% 2]::mood, n %% 3 = 0,
                   n::bit(5), CASE WHEN n %% 2 = 0 THEN 'note ' || n END
            FROM generate_series(%d, %d) n
            """;

    private static final String CONNECTOR =
            """
            {"name": "%1$s", "connector.class": "io.debezium.connector.postgresql.PostgresConnector", "tasks.max": "1",
             "database.hostname": "localhost", "database.port": "%2$d", "database.dbname": "materialized_view_db",
             "database.user": "postgres", "database.password": "none", "topic.prefix": "%1$s", "plugin.name": "pgoutput",
             "slot.name": "%1$s", "publication.name": "%1$s", "publication.autocreate.mode": "filtered",
             "table.include.list": "public.item", "poll.interval.ms": "10",
             "topic.creation.default.partitions": "1", "topic.creation.default.replication.factor": "1",
             "key.converter": "org.apache.kafka.connect.json.JsonConverter", "key.converter.schemas.enable": "%3$s",
             "value.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable": "%3$s"}
            """;

    private static final String VIEWS =
            """
            CREATE TYPE mood AS ENUM ('sad', 'happy');
            CREATE TABLE told (
                id uuid PRIMARY KEY, amount numeric(12,2), any_number numeric, made_at timestamptz, local_at timestamp,
                day date, clock time, doc jsonb, tags text[], days date[], bytes bytea, mood mood, active boolean,
                bits bit(5), note text);
            CREATE TABLE declared (LIKE told INCLUDING ALL);
            CALL source('told', topic => 'told.public.item', envelope => 'debezium');
            CALL source('declared', topic => 'declared.public.item', envelope => 'debezium', columns => '{
                "amount": {"path": "/amount", "format": "base64-decimal"},
                "local_at": {"path": "/local_at", "format": "epoch-micros"}, "day": {"path": "/day", "format": "epoch-days"},
                "clock": {"path": "/clock", "format": "micros-of-day"}, "doc": {"path": "/doc", "format": "json-text"},
                "days": {"path": "/days", "format": "epoch-days"}, "bits": {"path": "/bits", "format": "base64-bits"}}');
            """;

    @Test
    void theViewsEqualTheTable(@TempDir Path directory) throws Exception {
        try (EmbeddedServers servers =
                new EmbeddedServers(directory.resolve("servers"), 0, 0, Map.of("wal_level", "logical")).start()) {
            Roles.prepare(servers.getDatabasePort(), DATABASE);
            execute(servers, TABLE);
            execute(servers, INSERT.formatted(1, 20));
            try (ConnectProcess connect = connect(directory, servers)) {
                await().atMost(PATIENCE)
                        .until(() -> records(servers, "told") >= 20 && records(servers, "declared") >= 20);
                execute(servers, INSERT.formatted(21, 31));
                execute(
                        servers,
                        "UPDATE item SET amount = -amount, doc = NULL, tags = '{}', day = 'epoch' WHERE active");
                execute(servers, "UPDATE item SET id = 'ffffffff-ffff-ffff-ffff-ffffffffffff' WHERE note = 'note 8'");
                execute(servers, "DELETE FROM item WHERE mood = 'sad' AND NOT active");
                execute(servers, "INSERT INTO item (id) VALUES ('99999999-9999-9999-9999-999999999999')");

                equalTheTable(servers);
                assertThat(connect.pid()).isPositive();
            }
        }
    }

    private static void equalTheTable(EmbeddedServers servers) {
        Map<String, String> configuration = servers.getConfiguration();
        try (ViewTables tables =
                new ViewTables(configuration.get("quarkus.datasource.reactive.url"), "postgres", "captured")) {
            List<BaseView> views = TestGenerations.make(tables.pool, "captured", VIEWS);
            for (BaseView view : views) {
                await().atMost(PATIENCE).untilAsserted(() -> {
                    assertThat(write(tables, servers, view, views)).isEmpty();
                    for (String column : COLUMNS.split(", ")) {
                        assertThat(tables.query(difference(view.table(), "id, " + column)))
                                .as("%s.%s", view.table(), column)
                                .isEmpty();
                    }
                });
            }
            assertThat(tables.count("SELECT count(*) FROM %s.told")).isGreaterThan(15);
        }
    }

    private static String difference(String view, String columns) {
        return ("(SELECT C FROM public.item EXCEPT SELECT C FROM %s.V)"
                        + " UNION ALL (SELECT C FROM %s.V EXCEPT SELECT C FROM public.item)")
                .replace("C FROM", columns.replace("mood", "mood::text") + " FROM")
                .replace(".V", "." + view);
    }

    /** Writes all that the topic has; tells the errors. */
    private static List<String> write(ViewTables tables, EmbeddedServers servers, BaseView view, List<BaseView> views) {
        ViewTransactions transactions = new ViewTransactions(tables.pool, Duration.ofSeconds(30));
        BatchWriter writer =
                new BatchWriter(transactions, "captured", views, new Positions(transactions, "captured", "test"));
        WriteBatch batch = new WriteBatch(0, views);
        read(servers, view.topic()).forEach(batch::add);
        transactions
                .run(connection -> BatchWriter.atOnce(writer.rowStatements(connection, batch)))
                .await()
                .indefinitely();
        return batch.deadLetters().stream().map(letter -> letter.error()).toList();
    }

    private static int records(EmbeddedServers servers, String prefix) {
        return read(servers, prefix + ".public.item").size();
    }

    private static List<TopicRecord> read(EmbeddedServers servers, String topic) {
        List<TopicRecord> records = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", servers.getBootstrapServers(), "allow.auto.create.topics", "false"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            TopicPartition partition = new TopicPartition(topic, 0);
            if (!consumer.listTopics().containsKey(topic)) {
                return records;
            }
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            while (consumer.position(partition) < end) {
                consumer.poll(Duration.ofMillis(50))
                        .forEach(record -> records.add(new TopicRecord(
                                topic,
                                0,
                                record.offset(),
                                record.offset(),
                                new Message(record.key(), record.value(), record.headers(), record.timestamp()))));
            }
        }
        return records;
    }

    private static ConnectProcess connect(Path directory, EmbeddedServers servers) throws IOException {
        List<String> files = new ArrayList<>();
        for (String name : List.of("told", "declared")) {
            Path file = Files.writeString(
                    directory.resolve(name + ".json"),
                    CONNECTOR.formatted(name, servers.getDatabasePort(), name.equals("told")));
            files.add(file.toString());
        }
        return ConnectProcess.start(
                directory.resolve("connect"),
                files,
                servers.getBootstrapServers(),
                servers.getDatabasePort(),
                500,
                "-Xmx512m",
                "-XX:TieredStopAtLevel=1");
    }

    private static void execute(EmbeddedServers servers, String sql) throws SQLException {
        try (Connection connection = Roles.connect(servers.getDatabasePort(), DATABASE, "postgres");
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
