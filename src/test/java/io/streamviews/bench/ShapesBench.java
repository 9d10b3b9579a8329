package io.streamviews.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
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
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongFunction;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Measures how fast a topic of each kind is caught up with, by the packaged application with profile {@code projection} and one
 * view file: four columns, ten of other types, a key of two columns in the record's key, and Debezium's envelope around four.
 * A third of the events are of rows that are there already.
 */
final class ShapesBench {

    private static final Map<String, String> DEFAULTS =
            Map.of("events", "400000", "partitions", "6", "threads", "2", "jvm", BenchServers.JVM);
    private static final String POSITION = "SELECT coalesce(sum(next_offset), 0) FROM views.projection_position";

    private static final String FOUR =
            "(id bigint PRIMARY KEY, name text NOT NULL, status text NOT NULL, at timestamptz NOT NULL)";

    /**
     * A kind of topic.
     *
     * @param columns of the table
     * @param source what the declaration says besides view and topic
     * @param key of the record of a row
     * @param value likewise
     */
    private record Shape(
            String name, String columns, String source, LongFunction<String> key, LongFunction<String> value) {}

    private static final List<Shape> SHAPES = List.of(
            new Shape("four columns", FOUR, "", Long::toString, ShapesBench::four),
            new Shape(
                    "ten typed columns",
                    "(id bigint PRIMARY KEY, small smallint, number integer, price numeric(12,2), ratio double precision,"
                            + " active boolean, code uuid, born date, at timestamptz, tags text[], doc jsonb)",
                    "",
                    Long::toString,
                    ShapesBench::ten),
            new Shape(
                    "key of two columns",
                    "(region text, id bigint, name text NOT NULL, status text NOT NULL, at timestamptz NOT NULL,"
                            + " PRIMARY KEY (region, id))",
                    ", columns => '{\"region\": \"key/region\", \"id\": \"key/id\"}'",
                    id -> "{\"region\":\"r%d\",\"id\":%d}".formatted(id % 7, id),
                    ShapesBench::four),
            new Shape(
                    "Debezium's envelope",
                    FOUR,
                    ", envelope => 'debezium'",
                    id -> "{\"id\":%d}".formatted(id),
                    id ->
                            ("{\"before\":null,\"after\":%s,\"source\":{\"version\":\"3.5.0.Final\",\"connector\":\"postgresql\","
                                            + "\"name\":\"app\",\"ts_ms\":1764400000000,\"db\":\"app\",\"schema\":\"public\",\"table\":\"item\","
                                            + "\"txId\":%d,\"lsn\":%d},\"op\":\"c\",\"ts_ms\":1764400000001}")
                                    .formatted(four(id), id, id)));

    private final BenchOptions options;
    private final BenchServers servers;
    private final Map<String, Object> result = new LinkedHashMap<>();

    private ShapesBench(BenchOptions options, BenchServers servers) {
        this.options = options;
        this.servers = servers;
    }

    public static void main(String... args) throws Exception {
        BenchOptions options = BenchOptions.parse(DEFAULTS, args);
        try (BenchServers servers = BenchServers.start()) {
            ShapesBench bench = new ShapesBench(options, servers);
            long first = 0;
            System.out.printf("%-20s %10s %8s %14s%n", "", "events/s", "ratio", "CPU µs/event");
            for (int i = 0; i < SHAPES.size(); i++) {
                Usage[] usage = bench.measure(SHAPES.get(i), i);
                long rate = usage[1].eventsPerSecondSince(usage[0]);
                first = i == 0 ? rate : first;
                double cpu = usage[1].applicationMicrosPerEventSince(usage[0]);
                bench.result.put(
                        SHAPES.get(i).name(), Map.of("eventsPerSecond", rate, "applicationCpuMicrosPerEvent", cpu));
                System.out.printf("%-20s %10d %8.2f %14.1f%n", SHAPES.get(i).name(), rate, 1.0 * rate / first, cpu);
            }
            Path file = Path.of("target", "bench", "shapes.json");
            new ObjectMapper().writerWithDefaultPrettyPrinter().writeValue(file.toFile(), bench.result);
        }
    }

    private long rows() {
        return options.integer("events") * 2L / 3;
    }

    private Usage[] measure(Shape shape, int number) throws Exception {
        String name = "shape" + number;
        fill(shape, name);
        servers.sql("CREATE DATABASE " + name);
        servers.sql("CHECKPOINT");
        Path folder = Files.createDirectories(Path.of("target", "bench", name));
        Files.writeString(
                folder.resolve("10_item.sql"),
                "CREATE TABLE item %s;%nCALL source('item', topic => '%s'%s);%n"
                        .formatted(shape.columns(), name, shape.source()));
        Map<String, String> settings = new HashMap<>(servers.configuration());
        settings.replaceAll((property, value) -> value.replace("/materialized_view_db", "/" + name));
        settings.put("quarkus.profile", "projection");
        settings.put("streamviews.database.name", name);
        settings.put("streamviews.views.location", folder.toString());
        settings.put("quarkus.kafka-streams.application-id", name);
        settings.put("kafka.streams.num.stream.threads", Integer.toString(options.integer("threads")));
        try (ApplicationProcess application = ApplicationProcess.start(
                        Path.of("target", "bench", name + ".log"), options.words("jvm"), settings);
                Connection connection = connect(name);
                Statement statement = connection.createStatement()) {
            return catchUp(application, statement);
        }
    }

    private Usage[] catchUp(ApplicationProcess application, Statement statement) throws SQLException {
        await(application, statement, 1);
        Usage start = Usage.now(application, servers, number(statement, POSITION));
        await(application, statement, options.integer("events"));
        Usage end = Usage.now(application, servers, options.integer("events"));
        long rows = number(statement, "SELECT count(*) FROM views.item");
        if (rows != rows()) {
            throw new IllegalStateException("There are %d rows instead of %d".formatted(rows, rows()));
        }
        return new Usage[] {start, end};
    }

    private static void await(ApplicationProcess application, Statement statement, long position) throws SQLException {
        while (!exists(statement) || number(statement, POSITION) < position) {
            if (!application.isAlive()) {
                throw new IllegalStateException("The application has ended: see its log in target/bench");
            }
            LockSupport.parkNanos(10_000_000);
        }
    }

    private static boolean exists(Statement statement) throws SQLException {
        return number(statement, "SELECT count(to_regclass('views.projection_position'))") > 0;
    }

    private static long number(Statement statement, String query) throws SQLException {
        try (ResultSet rows = statement.executeQuery(query)) {
            rows.next();
            return rows.getLong(1);
        }
    }

    private Connection connect(String database) throws SQLException {
        return DriverManager.getConnection(
                servers.jdbcUrl().replaceAll("/[^/?]*(\\?.*)?$", "/" + database), BenchServers.USER, "");
    }

    private void fill(Shape shape, String topic) throws Exception {
        Map<String, Object> kafka = Map.of("bootstrap.servers", servers.bootstrapServers(), "linger.ms", 5);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers.bootstrapServers()))) {
            admin.createTopics(List.of(
                            new NewTopic(topic, Optional.of(options.integer("partitions")), Optional.of((short) 1))))
                    .all()
                    .get();
        }
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(kafka, new StringSerializer(), new StringSerializer())) {
            for (int i = 0; i < options.integer("events"); i++) {
                long id = i % rows();
                producer.send(new ProducerRecord<>(
                        topic, shape.key().apply(id), shape.value().apply(id).replace("\"v\"", "\"v" + i + "\"")));
            }
        }
    }

    private static String four(long id) {
        return "{\"id\":%d,\"name\":\"Somebody %d\",\"status\":\"v\",\"at\":\"2026-11-29T10:%02d:00Z\"}"
                .formatted(id, id, id % 60);
    }

    private static String ten(long id) {
        return ("{\"id\":%d,\"small\":%d,\"number\":%d,\"price\":%d.25,\"ratio\":0.%d,\"active\":%b,"
                        + "\"code\":\"00000000-0000-4000-8000-%012d\",\"born\":\"2001-02-%02d\",\"at\":\"2026-11-29T10:%02d:00Z\","
                        + "\"tags\":[\"v\",\"b\"],\"doc\":{\"a\":[1,2,%d]}}")
                .formatted(id, id % 100, id, id, id % 97, id % 2 == 0, id, 1 + id % 28, id % 60, id);
    }
}
