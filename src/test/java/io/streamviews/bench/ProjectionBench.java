package io.streamviews.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamviews.kafka.PrefixedTopics;
import io.streamviews.projection.RawUpserts;
import io.streamviews.projection.ViewTables;
import io.streamviews.projection.generation.ApplicationViews;
import io.streamviews.source.BaseView;
import io.streamviews.user.UserEvent;
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
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Measures the projection against the raw limit of the same upserts on the same PostgreSQL in the same run: catching up
 * with a full topic, then the latency at steady rates. See {@code scripts/bench.sh}.
 */
final class ProjectionBench {

    private static final int PLAIN_BATCH = 5_000;
    private static final Map<String, String> DEFAULTS = Map.of(
            "events", "750000",
            "updates", "0.3333",
            "partitions", "6",
            "threads", "2",
            "raw", "2",
            "bare", "2",
            "latency", "20",
            "warm-up", "30",
            "jvm", BenchServers.JVM);
    private static final String BATCHES =
            "SELECT n_tup_upd FROM pg_stat_user_tables WHERE relid = 'views.projection_position'::regclass";
    private static final String POSITION = "SELECT coalesce(sum(next_offset), 0) FROM views.projection_position";

    private final BenchOptions options;
    private final UserEvents events;
    private final BenchServers servers;
    private final PrefixedTopics topics;
    private final int latencySeconds;
    private final int warmUpSeconds;
    private final Map<String, Object> result = new LinkedHashMap<>();

    private ProjectionBench(BenchOptions options, BenchServers servers) {
        this.options = options;
        this.servers = servers;
        int total = options.integer("events");
        int updates = (int) (total * options.number("updates"));
        this.events = new UserEvents(total - updates, updates);
        this.topics = new PrefixedTopics("", options.integer("partitions"));
        this.latencySeconds = options.integer("latency");
        this.warmUpSeconds = options.integer("warm-up");
    }

    public static void main(String... args) throws Exception {
        BenchOptions options = BenchOptions.parse(DEFAULTS, args);
        try (BenchServers servers = BenchServers.start()) {
            ProjectionBench bench = new ProjectionBench(options, servers);
            bench.fillTopic();
            for (int connections = 1; connections <= options.integer("raw"); connections++) {
                bench.measureRaw(connections);
            }
            if (options.integer("bare") > 0) {
                bench.measureBareLoop(options.integer("bare"));
            }
            bench.measureProjection();
            bench.report();
        }
    }

    private void fillTopic() {
        Map<String, Object> kafka = Map.of("bootstrap.servers", servers.bootstrapServers());
        try (Admin admin = Admin.create(kafka)) {
            topics.creation(admin).run();
        }
        try (KafkaProducer<String, String> producer = producer(5)) {
            events.forEach(event -> send(producer, event));
        }
    }

    private void measureRaw(int threads) throws SQLException {
        String schema = "raw" + threads;
        make(schema, file -> file.startsWith("10"));
        RawUpserts raw =
                new RawUpserts(servers.jdbcUrl(), BenchServers.USER, schema, userView(schema), threads, PLAIN_BATCH);
        servers.sql("CHECKPOINT");
        long[] offset = {0};
        events.forEach(event ->
                raw.add(event.userId(), key(event).getBytes(StandardCharsets.UTF_8), value(event), offset[0]++));
        result.put("rawRowsPerSecond" + threads, Math.round(events.total() / raw.finish()));
        drop(schema);
    }

    /** All derived views, as the application has them. */
    private void measureBareLoop(int threads) throws Exception {
        String schema = "bare";
        make(schema, file -> true);
        servers.sql("CHECKPOINT");
        double seconds = BareLoopProcess.run(servers, schema, topics, threads, PLAIN_BATCH, options.words("jvm"));
        result.put("bareLoopEventsPerSecond", Math.round(events.total() / seconds));
        try (Connection connection = servers.connect()) {
            if (!ViewCheck.isFoldOf(events, connection, schema)) {
                throw new IllegalStateException("The bare loop's view is not what its events say");
            }
        }
        drop(schema);
    }

    private void make(String schema, Predicate<String> files) {
        try (ViewTables tables = new ViewTables(servers.jdbcUrl().replace("jdbc:", ""), BenchServers.USER, schema)) {
            ApplicationViews.make(tables.pool, schema, files);
        }
    }

    private BaseView userView(String schema) {
        try (ViewTables tables = new ViewTables(servers.jdbcUrl().replace("jdbc:", ""), BenchServers.USER, schema)) {
            return ApplicationViews.views(tables.pool, schema, topics).get(0);
        }
    }

    private void drop(String schema) throws SQLException {
        servers.sql("DROP SCHEMA " + schema + " CASCADE");
        servers.sql("CHECKPOINT");
    }

    private void measureProjection() throws Exception {
        Map<String, String> settings = new HashMap<>(servers.configuration());
        settings.put("quarkus.profile", "post");
        settings.put("streamviews.relay.enabled", "false");
        settings.put("streamviews.topics.partitions", Integer.toString(topics.partitions()));
        settings.put("kafka.streams.num.stream.threads", Integer.toString(options.integer("threads")));
        try (ApplicationProcess application = ApplicationProcess.start(
                Path.of("target", "bench", "application.log"), options.words("jvm"), settings)) {
            measureCatchUp(application);
            try (Connection connection = DriverManager.getConnection(servers.jdbcUrl(), BenchServers.USER, "")) {
                result.put("correct", ViewCheck.isFoldOf(events, connection, ViewCheck.LIVE));
            }
            // What PostgreSQL still has to tidy up after catching up is no part of steady rates.
            servers.sql("VACUUM ANALYZE views.user_view");
            servers.sql("CHECKPOINT");
            Map<String, Object> latency = new LinkedHashMap<>();
            for (int rate : latencySeconds > 0 ? List.of(1_000, 5_000) : List.<Integer>of()) {
                latency.put(Integer.toString(rate), measureLatency(rate));
            }
            result.put("latencyMs", latency);
            result.put("peakRssMiB", application.peakRssMiB());
        }
    }

    private void measureCatchUp(ApplicationProcess application) throws Exception {
        try (Connection connection = DriverManager.getConnection(servers.jdbcUrl(), BenchServers.USER, "");
                Statement statement = connection.createStatement()) {
            while (exists(statement, "views.projection_position") && number(statement, POSITION) == 0
                    || !exists(statement, "views.projection_position")) {
                if (!application.isAlive()) {
                    throw new IllegalStateException("The application has ended: see target/bench/application.log");
                }
                pause(5);
            }
            Usage start = Usage.now(application, servers, 0);
            awaitPosition(statement, events.total() / 2);
            Usage half = Usage.now(application, servers, number(statement, POSITION));
            awaitPosition(statement, events.total());
            Usage end = Usage.now(application, servers, events.total());
            long rate = end.eventsPerSecondSince(start);
            result.put("projectionEventsPerSecond", rate);
            putRatio("ratioToRaw", rate, "rawRowsPerSecond2");
            putRatio("ratioToBareLoop", rate, "bareLoopEventsPerSecond");
            putRatio("ratioOfBareLoopToRaw", result.get("bareLoopEventsPerSecond"), "rawRowsPerSecond2");
            // Of the second half: the first is also paid for by the JIT compiler.
            result.put("secondHalfEventsPerSecond", end.eventsPerSecondSince(half));
            result.put("applicationCpuMicrosPerEvent", end.applicationMicrosPerEventSince(half));
            result.put("postgresCpuMicrosPerEvent", end.postgresMicrosPerEventSince(half));
            result.put("brokerCpuMicrosPerEvent", end.brokerMicrosPerEventSince(half));
            result.put("eventsPerBatch", events.total() / Math.max(1, number(statement, BATCHES)));
            result.put("postgresCpuMicrosPerEventOfAll", end.postgresMicrosPerEventSince(start));
            result.put("applicationCpuMicrosPerEventOfAll", end.applicationMicrosPerEventSince(start));
        }
    }

    /** If both have been measured. */
    private void putRatio(String name, Object rate, String limit) {
        if (rate instanceof Long some && result.get(limit) instanceof Long all) {
            result.put(name, Math.round(100.0 * some / all) / 100.0);
        }
    }

    private static void awaitPosition(Statement statement, long position) throws SQLException {
        while (number(statement, POSITION) < position) {
            pause(20);
        }
    }

    /** Updates every user at most once, so that each event has a row of its own whose commit PostgreSQL can tell. */
    private Map<String, Object> measureLatency(int rate) throws Exception {
        int version = 1_000_000 + rate;
        int total = rate * (warmUpSeconds + latencySeconds);
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
        try (Connection connection = DriverManager.getConnection(servers.jdbcUrl(), BenchServers.USER, "");
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
                            .formatted(version, rate * warmUpSeconds))) {
                row.next();
                return Map.of(
                        "p50",
                        Math.round(row.getDouble(1) * 10) / 10.0,
                        "p99",
                        Math.round(row.getDouble(2) * 10) / 10.0);
            }
        }
    }

    private void report() throws Exception {
        new ObjectMapper()
                .writerWithDefaultPrettyPrinter()
                .writeValue(Path.of("target", "bench", "projection.json").toFile(), result);
        System.out.printf(
                "%n%,d users created, %,d updates, %d partitions, %d stream threads%n",
                events.created(), events.updated(), options.integer("partitions"), options.integer("threads"));
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
}
