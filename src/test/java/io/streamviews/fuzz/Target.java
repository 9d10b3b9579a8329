package io.streamviews.fuzz;

import static org.awaitility.Awaitility.await;

import io.streamviews.EmbeddedServersResource;
import io.streamviews.PackagedProcess;
import io.streamviews.Roles;
import io.streamviews.dev.EmbeddedServersMXBean;
import java.io.IOException;
import java.net.ServerSocket;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/** The packaged application with all its parts and both ports, on a database and topics of its own. */
final class Target implements AutoCloseable {

    private static final EmbeddedServersMXBean SERVERS = EmbeddedServersResource.servers();

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final String name = "fuzz_" + ProcessHandle.current().pid();
    private final PackagedProcess process;
    private final List<RawClient> ports;
    private final Connection database;

    Target() throws IOException, SQLException {
        Roles.createDatabase(name);
        int second = freePort();
        Map<String, String> settings = new HashMap<>(Sender.settings());
        settings.putAll(Map.of(
                "java.tool.options",
                "-Xmx512m",
                "streamviews.http.second-port",
                Integer.toString(second),
                "streamviews.database.name",
                name,
                "streamviews.topics.user-events",
                userTopic(),
                "streamviews.topics.post-events",
                name + "-post-events",
                "quarkus.kafka-streams.application-id",
                name,
                // nobody comes whom they would have to wait for
                "streamviews.consistency.max-wait",
                "50ms",
                "streamviews.post.author-wait",
                "300ms"));
        process = PackagedProcess.start(name, settings);
        process.awaitReady();
        ports = List.of(new RawClient(process.uri("/").getPort()), new RawClient(second));
        database = connect(name);
    }

    String userTopic() {
        return name + "-user-events";
    }

    List<RawClient> ports() {
        return ports;
    }

    /** Creates a user, and a post of his, for which the view has to know him: so whoever has paused it is over. */
    void createEntities(Samples samples) {
        process.send("POST", "/api/admin/projection/resume", null, Map.of(Sender.HEADER, Sender.OPERATOR.header()));
        long user = create("/api/users", "{\"name\":\"x\",\"email\":\"a@b.cd\",\"department\":\"개발팀\"}");
        long post = create("/api/posts", "{\"title\":\"x\",\"content\":\"x\",\"authorId\":%d}".formatted(user));
        samples.entities(user, post);
    }

    /** Until those who are to be forgotten are deleted, which is an event. */
    void awaitDeletions() {
        await().atMost(PATIENCE)
                .until(() -> count("SELECT count(*) FROM public.erasure WHERE state = 'DELETING'") == 0);
    }

    private long create(String path, String json) {
        String created = await(path)
                .atMost(PATIENCE)
                .until(() -> process.send("POST", path, json), answer -> answer.statusCode() == 201)
                .headers()
                .firstValue("Location")
                .orElseThrow();
        return Long.parseLong(created.substring(created.lastIndexOf('/') + 1));
    }

    String get(String path) {
        return process.get(path).body();
    }

    /** What the process has reported. */
    List<String> errors() {
        return process.log()
                .lines()
                .filter(line -> line.contains(" ERROR ") || line.contains(" FATAL "))
                .toList();
    }

    /** How many events there are in the log. */
    LongSupplier events() {
        return () -> count("SELECT count(*) FROM public.event_log");
    }

    private long count(String sql) {
        try (PreparedStatement count = database.prepareStatement(sql);
                ResultSet row = count.executeQuery()) {
            row.next();
            return row.getLong(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws SQLException {
        database.close();
        process.close();
        execute("DROP DATABASE %s WITH (FORCE)".formatted(name));
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0)) {
            return free.getLocalPort();
        }
    }

    private static Connection connect(String database) throws SQLException {
        String url =
                "jdbc:postgresql://localhost:%d/%s?socketTimeout=30".formatted(SERVERS.getDatabasePort(), database);
        return DriverManager.getConnection(url, "postgres", "");
    }

    private static void execute(String sql) throws SQLException {
        try (Connection connection = connect("postgres");
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
