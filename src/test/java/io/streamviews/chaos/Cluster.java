package io.streamviews.chaos;

import static org.awaitility.Awaitility.await;

import io.streamviews.EmbeddedServersResource;
import io.streamviews.PackagedProcess;
import io.streamviews.Roles;
import io.streamviews.dev.EmbeddedServersMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;

/**
 * Two instances of the packaged application with all their parts, on a database, topics and a consumer group of their own.
 * Each of them has its own ways to the servers: to PostgreSQL by another port, to the broker by another address of this
 * machine, which the instance takes for {@code localhost}, where the broker says that it is. The test goes straight to both.
 */
final class Cluster implements AutoCloseable {

    static final List<String> NAMES = List.of("even", "odd");
    static final int PARTITIONS = 6;
    static final EmbeddedServersMXBean SERVERS = EmbeddedServersResource.servers();

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String JVM = "-Xmx512m -Xmn256m -XX:+UseParallelGC -XX:+ExitOnOutOfMemoryError";

    private static final String BACKLOG =
            """
            SELECT count(*) FROM public.event_log e, public.relay_cursor c WHERE e.id > c.event_id
            """;

    final String name;
    final String userEvents;
    final String postEvents;
    final Admin admin = Admin.create(Map.of("bootstrap.servers", SERVERS.getBootstrapServers()));
    private final List<Proxy> toDatabase = new ArrayList<>();
    private final List<Proxy> toBroker = new ArrayList<>();
    private final AtomicReferenceArray<PackagedProcess> processes = new AtomicReferenceArray<>(NAMES.size());
    private final int[] starts = new int[NAMES.size()];

    /** Nothing runs yet. */
    Cluster(String test) throws IOException, SQLException {
        name = "%s_%d".formatted(test, ProcessHandle.current().pid());
        userEvents = name + "-user-events";
        postEvents = name + "-post-events";
        String server = SERVERS.getBootstrapServers();
        int broker = Integer.parseInt(server.substring(server.indexOf(':') + 1));
        for (int i = 0; i < NAMES.size(); i++) {
            toDatabase.add(new Proxy("127.0.0.1", 0, SERVERS.getDatabasePort()));
            toBroker.add(new Proxy(ownAddress(i), broker, broker));
        }
        Roles.createDatabase(name);
    }

    /** Returns when it listens. */
    void start(int instance) {
        Map<String, String> settings = new HashMap<>();
        settings.put("java.tool.options", JVM + " -Djdk.net.hosts.file=" + hosts(instance));
        settings.put("streamviews.database.host", "127.0.0.1");
        settings.put(
                "streamviews.database.port",
                Integer.toString(toDatabase.get(instance).port()));
        settings.put("streamviews.database.name", name);
        settings.put("streamviews.topics.user-events", userEvents);
        settings.put("streamviews.topics.post-events", postEvents);
        settings.put("quarkus.kafka-streams.application-id", name);
        String log = "%s-%s-%d".formatted(name, NAMES.get(instance), ++starts[instance]);
        processes.set(instance, PackagedProcess.start(log, settings));
    }

    PackagedProcess process(int instance) {
        return processes.get(instance);
    }

    /** Whether it runs, or has ended by itself. */
    boolean isAlive(int instance) {
        return ProcessHandle.of(process(instance).pid())
                .filter(ProcessHandle::isAlive)
                .isPresent();
    }

    Proxy toDatabase(int instance) {
        return toDatabase.get(instance);
    }

    Proxy toBroker(int instance) {
        return toBroker.get(instance);
    }

    List<String> topics() {
        return List.of(userEvents, postEvents);
    }

    List<TopicPartition> partitions(String topic) {
        return IntStream.range(0, PARTITIONS)
                .mapToObj(partition -> new TopicPartition(topic, partition))
                .toList();
    }

    /** What tells a topic from another one of the same name; waits until the broker knows of it. */
    String topicId(String topic) {
        return await("Topic " + topic)
                .atMost(PATIENCE)
                .ignoreExceptions()
                .until(
                        () -> get(admin.describeTopics(List.of(topic))
                                        .topicNameValues()
                                        .get(topic))
                                .topicId()
                                .toString(),
                        Objects::nonNull);
    }

    /** The offsets that the next records will have. */
    Map<TopicPartition, Long> ends(String topic) {
        return get(admin.listOffsets(partitions(topic).stream()
                                .collect(Collectors.toMap(partition -> partition, partition -> OffsetSpec.latest())))
                        .all())
                .entrySet()
                .stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, end -> end.getValue().offset()));
    }

    static <T> T get(org.apache.kafka.common.KafkaFuture<T> future) {
        try {
            return future.get();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A connection that waits for no answer for long. */
    Connection connect() throws SQLException {
        return connect(name);
    }

    /** All rows of a query. */
    <T> List<T> query(String sql, Sql.Reader<T> reader, Object... parameters) {
        try (Connection connection = connect()) {
            return Sql.query(connection, sql, reader, parameters);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    /** The number that a query counts. */
    long count(String sql) {
        return query(sql, row -> row.getLong(1)).get(0);
    }

    void awaitReady() {
        IntStream.range(0, NAMES.size()).forEach(i -> process(i).awaitReady());
    }

    /** How many events are not published yet; negative if that cannot be told. */
    long backlog() {
        try {
            return count(BACKLOG);
        } catch (IllegalStateException away) {
            return -1;
        }
    }

    /** The furthest places that the live views have read. */
    Map<TopicPartition, Long> seen() {
        Map<TopicPartition, Long> seen = new HashMap<>();
        query(
                "SELECT topic, partition, greatest(next_offset, seen_offset) FROM views.projection_position",
                row -> seen.put(new TopicPartition(row.getString(1), row.getInt(2)), row.getLong(3)));
        return seen;
    }

    private static Connection connect(String database) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://localhost:%d/%s?socketTimeout=30&connectTimeout=5"
                        .formatted(SERVERS.getDatabasePort(), database),
                "postgres",
                "");
    }

    private static void execute(String database, String sql) throws SQLException {
        try (Connection connection = connect(database);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String ownAddress(int instance) {
        return "127.0.0." + (2 + instance);
    }

    /** What the instance takes for the addresses of this machine. */
    private Path hosts(int instance) {
        try {
            Path file = Path.of("target", "processes", "%s-%s.hosts".formatted(name, NAMES.get(instance)))
                    .toAbsolutePath();
            Files.createDirectories(file.getParent());
            return Files.writeString(
                    file,
                    "%s localhost%n127.0.0.1 %s%n"
                            .formatted(
                                    ownAddress(instance),
                                    InetAddress.getLocalHost().getHostName()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws Exception {
        for (int i = 0; i < NAMES.size(); i++) {
            if (process(i) != null) {
                process(i).kill();
            }
            toDatabase.get(i).close();
            toBroker.get(i).close();
        }
        admin.close();
        await("Database to drop").atMost(PATIENCE).ignoreExceptions().until(() -> {
            execute("postgres", "DROP DATABASE %s WITH (FORCE)".formatted(name));
            return true;
        });
    }
}
