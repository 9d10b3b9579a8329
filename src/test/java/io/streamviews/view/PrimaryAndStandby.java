package io.streamviews.view;

import static java.nio.file.StandardCopyOption.COPY_ATTRIBUTES;
import static org.awaitility.Awaitility.await;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** Two PostgreSQL servers, of which the second one replays what the first one writes, and can be read. */
final class PrimaryAndStandby implements AutoCloseable {

    static final String ROLE = "streamviews";
    static final String DATABASE = "materialized_view_db";

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final List<String> NOT_COPIED = List.of("postmaster.pid", "postmaster.opts", "epg-lock");

    private final Path directory;
    private final EmbeddedPostgres primary;
    private EmbeddedPostgres standby;
    private final int standbyPort;

    PrimaryAndStandby(Path directory) throws IOException, SQLException {
        this.directory = directory;
        primary = server("primary", 0);
        executeOn(primary.getPort(), "postgres", "CREATE ROLE %s LOGIN".formatted(ROLE));
        executeOn(primary.getPort(), "postgres", "CREATE DATABASE %s OWNER %s".formatted(DATABASE, ROLE));
        copy();
        standby = server("standby", 0);
        standbyPort = standby.getPort();
    }

    int primaryPort() {
        return primary.getPort();
    }

    int standbyPort() {
        return standbyPort;
    }

    void pauseReplay() throws SQLException {
        executeOn(standbyPort, DATABASE, "SELECT pg_wal_replay_pause()");
        await().atMost(PATIENCE)
                .until(() -> "paused".equals(valueOn(standbyPort, "SELECT pg_get_wal_replay_pause_state()")));
    }

    void resumeReplay() throws SQLException {
        executeOn(standbyPort, DATABASE, "SELECT pg_wal_replay_resume()");
    }

    void stopStandby() throws IOException {
        standby.close();
    }

    void startStandby() throws IOException {
        standby = server("standby", standbyPort);
    }

    /** On the primary. */
    String value(String sql) throws SQLException {
        return valueOn(primary.getPort(), sql);
    }

    @Override
    public void close() throws IOException {
        standby.close();
        primary.close();
    }

    /** PostgreSQL, "Making a Base Backup Using the Low Level API". */
    private void copy() throws IOException, SQLException {
        Path from = directory.resolve("primary");
        Path to = directory.resolve("standby");
        try (Connection connection = connect(primary.getPort(), "postgres");
                Statement statement = connection.createStatement()) {
            boolean former = connection.getMetaData().getDatabaseMajorVersion() < 15;
            statement.execute(
                    former
                            ? "SELECT pg_start_backup('standby', true, false)"
                            : "SELECT pg_backup_start('standby', true)");
            try (Stream<Path> files = Files.walk(from)) {
                for (Path file : files.toList()) {
                    copy(file, to.resolve(from.relativize(file).toString()));
                }
            }
            try (ResultSet label = statement.executeQuery(
                    "SELECT labelfile FROM " + (former ? "pg_stop_backup(false, false)" : "pg_backup_stop(false)"))) {
                label.next();
                Files.writeString(to.resolve("backup_label"), label.getString(1));
            }
        }
        Files.createFile(to.resolve("standby.signal"));
        Files.writeString(
                to.resolve("postgresql.auto.conf"),
                "primary_conninfo = 'host=localhost port=%d user=postgres'\n".formatted(primary.getPort()));
    }

    private static void copy(Path file, Path to) throws IOException {
        try {
            if (!NOT_COPIED.contains(file.getFileName().toString())) {
                Files.copy(file, to, COPY_ATTRIBUTES);
            }
        } catch (NoSuchFileException gone) {
            // PostgreSQL removes files while they are copied; the log has what they held
        }
    }

    /** Its commits are flushed, as the log is sent only then. */
    private EmbeddedPostgres server(String name, int port) throws IOException {
        return EmbeddedPostgres.builder()
                .setServerConfig("synchronous_commit", "on")
                .setDataDirectory(directory.resolve(name))
                .setCleanDataDirectory(false)
                .setPort(port)
                .setPGStartupWait(PATIENCE)
                .setOutputRedirector(ProcessBuilder.Redirect.DISCARD)
                .setErrorRedirector(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private static String valueOn(int port, String sql) throws SQLException {
        try (Connection connection = connect(port, DATABASE);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            return rows.next() ? rows.getString(1) : null;
        }
    }

    private static void executeOn(int port, String database, String sql) throws SQLException {
        try (Connection connection = connect(port, database);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static Connection connect(int port, String database) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://localhost:%d/%s".formatted(port, database), "postgres", "");
    }
}
