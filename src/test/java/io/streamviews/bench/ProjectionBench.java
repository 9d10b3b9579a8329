package io.streamviews.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamviews.event.TopicCreation;
import io.streamviews.event.TopicsConfig;
import io.streamviews.projection.RawUpserts;
import io.streamviews.user.UserEvent;
import io.streamviews.view.UserView;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.flywaydb.core.Flyway;

/**
 * Measures the projection against the raw limit of the same upserts on the same PostgreSQL in the same run: catching up
 * with a full topic, then the latency at steady rates. See {@code scripts/bench.sh}.
 */
final class ProjectionBench {

    private static final int RAW_BATCH = 5_000;
    private static final int WARM_UP_SECONDS = 5;
    private static final int LATENCY_SECONDS = 20;
    private static final String USER = "postgres";

    private final BenchOptions options;
    private final UserEvents events;
    private final BenchServers servers;
    private final TopicsConfig topics;
    private final Map<String, Object> result = new LinkedHashMap<>();

    private ProjectionBench(BenchOptions options, BenchServers servers) {
        this.options = options;
        this.servers = servers;
        int updates = (int) (options.events() * options.updatesShare());
        this.events = new UserEvents(options.events() - updates, updates);
        this.topics = new Topics(options.partitions());
    }

    public static void main(String... args) throws Exception {
        BenchOptions options = BenchOptions.parse(args);
        try (BenchServers servers = BenchServers.start()) {
            ProjectionBench bench = new ProjectionBench(options, servers);
            bench.fillTopic();
            bench.measureRaw(1);
            bench.measureRaw(2);
            bench.measureProjection();
            bench.report();
        }
    }

    private void fillTopic() {
        Map<String, Object> kafka = Map.of("bootstrap.servers", servers.bootstrapServers());
        try (Admin admin = Admin.create(kafka)) {
            new TopicCreation(admin, topics).run();
        }
        try (KafkaProducer<String, String> producer = producer(5)) {
            events.forEach(event -> send(producer, event));
        }
    }

    private void measureRaw(int threads) throws SQLException {
        String schema = "raw" + threads;
        Flyway.configure()
                .dataSource(servers.jdbcUrl(), USER, "")
                .locations("db/views")
                .schemas(schema)
                .target("2")
                .load()
                .migrate();
        RawUpserts raw = new RawUpserts(servers.jdbcUrl(), USER, schema, new UserView(topics), threads, RAW_BATCH);
        long[] offset = {0};
        events.forEach(event ->
                raw.add(event.userId(), key(event).getBytes(StandardCharsets.UTF_8), value(event), offset[0]++));
        sql("CHECKPOINT");
        result.put("rawRowsPerSecond" + threads, Math.round(events.total() / raw.run()));
        sql("DROP SCHEMA " + schema + " CASCADE");
        sql("CHECKPOINT");
    }

    private void measureProjection() throws Exception {
        Map<String, String> settings = new HashMap<>(servers.configuration());
        settings.put("quarkus.profile", "post");
        settings.put("quarkus.http.port", "0");
        settings.put("streamviews.relay.enabled", "false");
        settings.put("streamviews.topics.partitions", Integer.toString(options.partitions()));
        settings.put("kafka.streams.num.stream.threads", Integer.toString(options.threads()));
        try (ApplicationProcess application =
                ApplicationProcess.start(Path.of("target", "bench", "application.log"), options.jvm(), settings)) {
            measureCatchUp(application);
            result.put("correct", isCorrect());
            Map<String, Object> latency = new LinkedHashMap<>();
            for (int rate : List.of(1_000, 5_000)) {
                latency.put(Integer.toString(rate), measureLatency(rate));
            }
            result.put("latencyMs", latency);
            result.put("peakRssMiB", application.peakRssMiB());
        }
    }

    private void measureCatchUp(ApplicationProcess application) throws Exception {
        String position = "SELECT coalesce(sum(next_offset), 0) FROM views.projection_position";
        try (Connection connection = DriverManager.getConnection(servers.jdbcUrl(), USER, "");
                Statement statement = connection.createStatement()) {
            while (exists(statement, "views.projection_position") && number(statement, position) == 0
                    || !exists(statement, "views.projection_position")) {
                if (!application.isAlive()) {
                    throw new IllegalStateException("The application has ended: see target/bench/application.log");
                }
                pause(5);
            }
            long start = System.nanoTime();
            double cpu = application.cpuSeconds();
            double databaseCpu = ApplicationProcess.postgresCpuSeconds();
            while (number(statement, position) < events.total()) {
                pause(20);
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            long rate = Math.round(events.total() / seconds);
            result.put("projectionEventsPerSecond", rate);
            result.put("ratioToRaw", (double) rate / (Long) result.get("rawRowsPerSecond2"));
            result.put("applicationCpuMicrosPerEvent", micros(application.cpuSeconds() - cpu));
            result.put("postgresCpuMicrosPerEvent", micros(ApplicationProcess.postgresCpuSeconds() - databaseCpu));
        }
    }

    private double micros(double cpuSeconds) {
        return Math.round(cpuSeconds * 1e7 / events.total()) / 10.0;
    }

    /** Updates every user at most once, so that each event has a row of its own whose commit PostgreSQL can tell. */
    private Map<String, Object> measureLatency(int rate) throws Exception {
        int version = 1_000_000 + rate;
        int total = rate * (WARM_UP_SECONDS + LATENCY_SECONDS);
        long interval = 1_000_000_000L / rate;
        try (KafkaProducer<String, String> producer = producer(0)) {
            long start = System.nanoTime();
            for (int i = 0; i < total; i++) {
                while (System.nanoTime() < start + i * interval) {
                    LockSupport.parkNanos(50_000);
                }
                send(producer, UserEvents.stampedUpdate(i % events.created() + 1, version));
            }
        }
        try (Connection connection = DriverManager.getConnection(servers.jdbcUrl(), USER, "");
                Statement statement = connection.createStatement()) {
            String arrived = "SELECT count(*) FROM views.user_view WHERE version = " + version;
            long expected = Math.min(total, events.created());
            while (number(statement, arrived) < expected) {
                pause(20);
            }
            try (ResultSet row = statement.executeQuery(
                    """
                    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY ms), percentile_cont(0.99) WITHIN GROUP (ORDER BY ms)
                    FROM (SELECT extract(epoch FROM pg_xact_commit_timestamp(xmin) - updated_at) * 1000 AS ms
                          FROM views.user_view WHERE version = %d AND user_id > %d) AS latency
                    """
                            .formatted(version, rate * WARM_UP_SECONDS))) {
                row.next();
                return Map.of(
                        "p50",
                        Math.round(row.getDouble(1) * 10) / 10.0,
                        "p99",
                        Math.round(row.getDouble(2) * 10) / 10.0);
            }
        }
    }

    /** The view is what folding the events gives, and the derived view what its definition says. */
    private boolean isCorrect() throws SQLException {
        Map<Long, UserEvent> fold = new HashMap<>();
        events.forEach(event -> fold.put(event.userId(), event));
        try (Connection connection = DriverManager.getConnection(servers.jdbcUrl(), USER, "");
                Statement statement = connection.createStatement()) {
            long wrong = number(
                    statement,
                    """
                    SELECT count(*) FROM (
                      (SELECT department, user_count, active_users, inactive_users FROM views.department_stats
                       EXCEPT SELECT * FROM views.department_stats_definition)
                      UNION ALL
                      (SELECT * FROM views.department_stats_definition
                       EXCEPT SELECT department, user_count, active_users, inactive_users FROM views.department_stats)) e
                    """);
            try (ResultSet rows =
                    statement.executeQuery("SELECT user_id, department, status, version FROM views.user_view")) {
                while (rows.next()) {
                    UserEvent event = fold.remove(rows.getLong(1));
                    if (event == null
                            || !event.user().department().equals(rows.getString(2))
                            || !event.user().status().name().equals(rows.getString(3))
                            || event.version() != rows.getLong(4)) {
                        wrong++;
                    }
                }
            }
            return wrong == 0 && fold.isEmpty();
        }
    }

    private void report() throws Exception {
        new ObjectMapper()
                .writerWithDefaultPrettyPrinter()
                .writeValue(Path.of("target", "bench", "projection.json").toFile(), result);
        System.out.printf(
                "%n%,d users created, %,d updates, %d partitions, %d stream threads%n",
                events.created(), events.updated(), options.partitions(), options.threads());
        result.forEach((name, value) -> System.out.printf("%-32s %s%n", name, value));
    }

    private KafkaProducer<String, String> producer(int lingerMs) {
        return new KafkaProducer<>(
                Map.of(
                        "bootstrap.servers",
                        servers.bootstrapServers(),
                        "linger.ms",
                        lingerMs,
                        "compression.type",
                        "lz4",
                        "batch.size",
                        131_072),
                new StringSerializer(),
                new StringSerializer());
    }

    private void send(KafkaProducer<String, String> producer, UserEvent event) {
        producer.send(new ProducerRecord<>(topics.userEvents(), key(event), UserEvent.CODEC.encode(event)));
    }

    private static String key(UserEvent event) {
        return Long.toString(event.userId());
    }

    private static byte[] value(UserEvent event) {
        return UserEvent.CODEC.encode(event).getBytes(StandardCharsets.UTF_8);
    }

    private void sql(String statement) throws SQLException {
        try (Connection connection = DriverManager.getConnection(servers.jdbcUrl(), USER, "");
                Statement plain = connection.createStatement()) {
            plain.execute(statement);
        }
    }

    private static boolean exists(Statement statement, String table) throws SQLException {
        return number(statement, "SELECT count(to_regclass('" + table + "'))") == 1;
    }

    private static long number(Statement statement, String query) throws SQLException {
        try (ResultSet rows = statement.executeQuery(query)) {
            rows.next();
            return rows.getLong(1);
        }
    }

    private static void pause(int millis) {
        LockSupport.parkNanos(millis * 1_000_000L);
    }

    private record Topics(int partitions) implements TopicsConfig {

        @Override
        public String userEvents() {
            return "user-events";
        }

        @Override
        public String postEvents() {
            return "post-events";
        }

        @Override
        public OptionalInt replicationFactor() {
            return OptionalInt.of(1);
        }
    }
}
