package io.streamviews.cdc;

import static org.awaitility.Awaitility.await;

import io.restassured.path.json.JsonPath;
import io.streamviews.PackagedProcess;
import io.streamviews.Roles;
import io.streamviews.dev.EmbeddedServers;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;

/** A broker and a PostgreSQL that replicates, an application on them, and Connect beside it. */
final class CdcSite implements AutoCloseable {

    static final Duration PATIENCE = Duration.ofSeconds(90);

    private static final String DATABASE = "materialized_view_db";

    private final Path directory;
    private final EmbeddedServers servers;
    private PackagedProcess application;
    private ConnectProcess connect;

    CdcSite(Path directory) {
        this.directory = directory;
        this.servers = new EmbeddedServers(directory.resolve("servers"), 0, 0, Map.of("wal_level", "logical")).start();
        Roles.prepare(servers.getDatabasePort(), DATABASE);
    }

    String bootstrapServers() {
        return servers.getBootstrapServers();
    }

    void startApplication(boolean relay) {
        application = PackagedProcess.start(
                "cdc",
                Map.of(
                        "streamviews.database.port",
                        Integer.toString(servers.getDatabasePort()),
                        "kafka.bootstrap.servers",
                        servers.getBootstrapServers(),
                        "quarkus.datasource.username",
                        "postgres",
                        "streamviews.http.second-port",
                        "",
                        "streamviews.relay.enabled",
                        Boolean.toString(relay),
                        "streamviews.relay.stuck-after",
                        "8s"));
        application.awaitReady();
    }

    void stopApplication() {
        application.close();
    }

    void startConnect(Duration flushEvery) throws IOException {
        connect = ConnectProcess.start(
                directory.resolve("connect"),
                servers.getBootstrapServers(),
                servers.getDatabasePort(),
                flushEvery.toMillis(),
                "-Xmx512m",
                "-XX:TieredStopAtLevel=1");
    }

    void stopConnect() {
        connect.close();
    }

    void killConnect() {
        connect.kill();
    }

    void grant() throws IOException, SQLException {
        try (Connection superuser = connection("postgres")) {
            ConnectProcess.grant(superuser);
        }
    }

    JsonPath send(String method, String path, String json, int status) {
        HttpResponse<String> answer = application.send(method, path, json);
        if (answer.statusCode() != status) {
            throw new AssertionError("%s %s: %d %s".formatted(method, path, answer.statusCode(), answer.body()));
        }
        return JsonPath.from(answer.body().isEmpty() ? "{}" : answer.body());
    }

    void bulk(int users) {
        String lines = "{\"name\":\"홍길동\",\"email\":\"many@example.com\",\"department\":\"개발팀\"}\n".repeat(users);
        HttpResponse<String> answer =
                application.send("POST", "/api/users/bulk", lines, Map.of("Content-Type", "application/x-ndjson"));
        if (!answer.body().contains("\"accepted\":" + users)) {
            throw new AssertionError(answer.body());
        }
    }

    /** What a check of {@code /q/health/ready} says. */
    JsonPath ready() {
        return JsonPath.from(application.get("/q/health/ready").body());
    }

    String get(String path) {
        return application.get(path).body();
    }

    Connection connection(String user) throws SQLException {
        return Roles.connect(servers.getDatabasePort(), DATABASE, user);
    }

    void execute(String user, String sql) throws SQLException {
        try (Connection connection = connection(user);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    long number(String sql) {
        try (Connection connection = connection("postgres");
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getLong(1);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    /** Waits until Debezium is known to have published, for good, all that there is. */
    void awaitPublished() {
        await().atMost(PATIENCE)
                .until(() -> number(
                                """
                                SELECT (SELECT coalesce(max(id), 0) FROM event_log) - event_id FROM relay_cursor
                                """)
                        <= 0);
    }

    @Override
    public void close() {
        try {
            if (application != null) {
                application.close();
            }
            if (connect != null) {
                connect.kill();
            }
        } finally {
            servers.close();
        }
    }
}
