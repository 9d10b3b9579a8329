package io.streamviews.user.erasure;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import io.restassured.path.json.JsonPath;
import io.streamviews.EmbeddedServersResource;
import io.streamviews.PackagedProcess;
import io.streamviews.Roles;
import io.streamviews.dev.EmbeddedServersMXBean;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The packaged application on a database and topics of its own, and whoever looks for what they know of a person. */
final class Site implements AutoCloseable {

    static final Duration PATIENCE = Duration.ofSeconds(90);

    private static final EmbeddedServersMXBean SERVERS = EmbeddedServersResource.servers();
    private static final int PARTITIONS = 3;
    /** Topics of a former one may still be there. */
    private static final AtomicInteger NEXT = new AtomicInteger();

    final String name;
    final Connection database;
    private final Path folder;
    private final HttpClient http = HttpClient.newHttpClient();
    private PackagedProcess process;

    String userTopic() {
        return name + "-users";
    }

    /** @param folder of view files beside those of the application */
    Site(String name, Path folder) throws SQLException {
        this.folder = folder;
        this.name = "%s_%d_%d".formatted(name, ProcessHandle.current().pid(), NEXT.incrementAndGet());
        Roles.createDatabase(this.name);
        start();
        database = connect(this.name);
    }

    void start() {
        process = PackagedProcess.start(
                name,
                Map.of(
                        "streamviews.views.location",
                        "classpath:views," + folder,
                        "streamviews.database.name",
                        name,
                        "streamviews.topics.partitions",
                        Integer.toString(PARTITIONS),
                        "streamviews.topics.user-events",
                        userTopic(),
                        "streamviews.topics.post-events",
                        name + "-posts",
                        "quarkus.kafka-streams.application-id",
                        name));
        process.awaitReady();
    }

    void kill() {
        process.kill();
    }

    JsonPath post(String path, String json, int status) {
        return send("POST", path, json, status);
    }

    JsonPath get(String path) {
        return JsonPath.from(process.get(path).body());
    }

    String text(String path) {
        return process.get(path).body();
    }

    JsonPath send(String method, String path, String json, int status) {
        HttpResponse<String> answer = process.send(method, path, json);
        if (answer.statusCode() != status) {
            throw new AssertionError("%s %s: %d %s".formatted(method, path, answer.statusCode(), answer.body()));
        }
        return JsonPath.from(answer.body().isEmpty() ? "{}" : answer.body());
    }

    /** The lines of a feed, as they come. */
    List<String> follow(String path, String lastEventId) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(process.uri("/api/views/" + path));
        if (lastEventId != null) {
            request.header("Last-Event-ID", lastEventId);
        }
        Stream<String> lines =
                http.send(request.build(), BodyHandlers.ofLines()).body();
        List<String> seen = new CopyOnWriteArrayList<>();
        Thread reader = new Thread(() -> {
            try (lines) {
                lines.forEach(seen::add);
            } catch (RuntimeException ended) {
                // with its process
            }
        });
        reader.setDaemon(true);
        reader.start();
        await().atMost(PATIENCE).until(() -> !seen.isEmpty());
        return seen;
    }

    JsonPath rebuild() {
        long id = post("/api/admin/rebuilds", null, 202).getLong("id");
        return await().atMost(PATIENCE)
                .until(() -> get("/api/admin/rebuilds/" + id), found -> found.get("finishedAt") != null);
    }

    JsonPath verifyDeep() {
        long id = post("/api/admin/verifications", "{\"depth\":\"deep\"}", 202).getLong("id");
        return await().atMost(PATIENCE)
                .until(() -> get("/api/admin/verifications/" + id), found -> found.get("finishedAt") != null);
    }

    JsonPath awaitErasure(long id, String state) {
        return await().atMost(PATIENCE)
                .until(() -> get("/api/admin/erasures/" + id), found -> state.equals(found.getString("state")));
    }

    void produce(long user, String value) throws Exception {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", SERVERS.getBootstrapServers());
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(userTopic(), Long.toString(user).getBytes(UTF_8), value.getBytes(UTF_8)))
                    .get();
        }
    }

    /** The tables of all schemas in which one of some words stands, in a text or in bytes. */
    List<String> tablesThatSay(String... words) throws SQLException {
        TreeSet<String> found = new TreeSet<>();
        for (String table : texts(
                """
                SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables
                WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1
                """)) {
            for (String word : words) {
                String sql = "SELECT count(*) FROM %s AS t WHERE strpos(t::text, ?) > 0 OR strpos(t::text, ?) > 0"
                        .formatted(table);
                try (PreparedStatement statement = database.prepareStatement(sql)) {
                    statement.setString(1, word);
                    statement.setString(2, HexFormat.of().formatHex(word.getBytes(UTF_8)));
                    try (ResultSet rows = statement.executeQuery()) {
                        rows.next();
                        if (rows.getLong(1) > 0) {
                            found.add(table);
                        }
                    }
                } catch (SQLException e) {
                    if (!"42P01".equals(e.getSQLState())) { // of a generation that has been dropped meanwhile
                        throw e;
                    }
                }
            }
        }
        return List.copyOf(found);
    }

    /** How many records of both topics say one of some words. */
    long recordsThatSay(String... words) {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", SERVERS.getBootstrapServers());
        List<TopicPartition> partitions = new ArrayList<>();
        for (int i = 0; i < PARTITIONS; i++) {
            partitions.add(new TopicPartition(userTopic(), i));
            partitions.add(new TopicPartition(name + "-posts", i));
        }
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            long found = 0;
            while (partitions.stream().anyMatch(each -> consumer.position(each) < ends.get(each))) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    String value = record.value() == null ? "" : new String(record.value(), UTF_8);
                    found += Stream.of(words).anyMatch(value::contains) ? 1 : 0;
                }
            }
            return found;
        }
    }

    /** Has the broker compact the users' topic at once, and look for what is due all the time. */
    void compactAtOnce() throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", SERVERS.getBootstrapServers()))) {
            admin.incrementalAlterConfigs(Map.of(
                            new ConfigResource(ConfigResource.Type.TOPIC, userTopic()),
                            Stream.of(
                                            "min.compaction.lag.ms=0",
                                            "max.compaction.lag.ms=200",
                                            "segment.ms=200",
                                            "min.cleanable.dirty.ratio=0.01")
                                    .map(setting -> setting.split("="))
                                    .map(setting ->
                                            new AlterConfigOp(new ConfigEntry(setting[0], setting[1]), OpType.SET))
                                    .toList(),
                            new ConfigResource(ConfigResource.Type.BROKER, ""),
                            List.of(new AlterConfigOp(new ConfigEntry("log.cleaner.backoff.ms", "200"), OpType.SET))))
                    .all()
                    .get();
        }
    }

    List<String> texts(String sql) throws SQLException {
        try (Statement statement = database.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            List<String> texts = new ArrayList<>();
            while (rows.next()) {
                texts.add(rows.getString(1));
            }
            return texts;
        }
    }

    void execute(String sql) throws SQLException {
        try (Statement statement = database.createStatement()) {
            statement.execute(sql);
        }
    }

    Connection connect() throws SQLException {
        return connect(name);
    }

    private static Connection connect(String database) throws SQLException {
        String url =
                "jdbc:postgresql://localhost:%d/%s?socketTimeout=60".formatted(SERVERS.getDatabasePort(), database);
        return DriverManager.getConnection(url, "postgres", "");
    }

    @Override
    public void close() throws SQLException {
        process.close();
        database.close();
        try (Connection postgres = connect("postgres");
                Statement statement = postgres.createStatement()) {
            statement.execute("DROP DATABASE %s WITH (FORCE)".formatted(name));
        }
    }
}
