package io.streamviews;

import io.streamviews.dev.EmbeddedServersMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The packaged application with a heap of 512 MB, its classes verified as in production, and a database and topics of its own:
 * for tests of what it bears.
 */
public final class SmallProcess implements AutoCloseable {

    private static final EmbeddedServersMXBean SERVERS = EmbeddedServersResource.servers();

    /** A user whom anybody may create. */
    static final String USER = "{\"name\":\"Kim\",\"email\":\"kim@example.com\"}";

    private static final int WARM_UP = 20;

    private final String database;
    private final PackagedProcess process;

    private SmallProcess(String database, PackagedProcess process) {
        this.database = database;
        this.process = process;
    }

    public static SmallProcess start(String test, Map<String, String> settings) {
        return start(test, HttpClient.newHttpClient(), settings);
    }

    /** @param jvmOptions besides its heap's size */
    public static SmallProcess start(String test, HttpClient http, Map<String, String> settings, String... jvmOptions) {
        String name = "%s_%d".formatted(test, ProcessHandle.current().pid());
        Roles.createDatabase(name);
        Map<String, String> all = new HashMap<>();
        all.putAll(settings);
        all.put("streamviews.database.name", name);
        all.put("streamviews.topics.partitions", "2");
        all.put("streamviews.topics.user-events", name + "-user-events");
        all.put("streamviews.topics.post-events", name + "-post-events");
        all.put("quarkus.kafka-streams.application-id", name);
        String[] options = Stream.concat(
                        Stream.of("-Xmx512m", "-XX:+BytecodeVerificationRemote"), Stream.of(jvmOptions))
                .toArray(String[]::new);
        PackagedProcess process = PackagedProcess.start(name, http, all, options);
        process.awaitReady();
        for (int i = 0; i < WARM_UP; i++) {
            process.get("/q/health/live");
            process.send("POST", "/api/users", USER);
        }
        return new SmallProcess(name, process);
    }

    public PackagedProcess process() {
        return process;
    }

    /** In the process's database. */
    public void execute(String sql) {
        execute(database, sql);
    }

    /** Does it in a transaction that goes on until it is closed. */
    public AutoCloseable hold(String sql) {
        try {
            Connection connection = DriverManager.getConnection(url(database), "postgres", "");
            connection.setAutoCommit(false);
            connection.createStatement().execute(sql);
            return connection::close;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A connection on which a test speaks HTTP, or something like it, itself; its buffers are small. */
    public Socket connect(String head) {
        return connectFrom("127.0.0.1", head);
    }

    /** One of another client, if the address is another one. */
    public Socket connectFrom(String address, String head) {
        try {
            Socket socket = new Socket();
            socket.bind(new InetSocketAddress(address, 0));
            socket.setReceiveBufferSize(4_096);
            socket.setSoTimeout(30_000);
            socket.connect(new InetSocketAddress("127.0.0.1", process.uri("/").getPort()));
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            return socket;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            process.close();
        } finally {
            execute("postgres", "DROP DATABASE %s WITH (FORCE)".formatted(database));
        }
    }

    private static void execute(String database, String sql) {
        try (Connection connection = DriverManager.getConnection(url(database), "postgres", "");
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String url(String database) {
        return "jdbc:postgresql://localhost:%d/%s".formatted(SERVERS.getDatabasePort(), database);
    }
}
