package io.streamviews.dev;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * One PostgreSQL server as a child process, with the application's database in it. Data is kept in its directory;
 * a directory whose first start did not complete is made anew, and a server that a killed JVM left behind is stopped
 * first. Stopping and starting keep port and data.
 */
final class EmbeddedDatabase {

    static final String NAME = "materialized_view_db";
    static final String USER = "postgres";

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Path data;
    private final Path complete;
    private final Path log;
    private final int port;
    private final Map<String, String> settings;
    private EmbeddedPostgres server;

    /**
     * Makes way for the server: one that runs on the directory already is stopped.
     *
     * @param preferredPort another one is taken if it is not free, or if this is 0
     * @param settings of postgresql.conf; fsync and synchronous_commit are off unless they switch them on
     */
    EmbeddedDatabase(Path directory, int preferredPort, Map<String, String> settings) {
        this.data = directory.resolve("data");
        this.complete = directory.resolve("complete");
        this.log = directory.resolve("postgresql.log");
        this.settings = settings;
        stopOrphan();
        this.port = LocalPort.preferring(preferredPort);
    }

    int port() {
        return port;
    }

    synchronized void start() {
        if (server != null) {
            return;
        }
        try {
            Files.createDirectories(data.getParent());
            if (Files.notExists(complete)) {
                delete(data);
            }
            // Everything that PostgreSQL says goes to a file, never to the console.
            ProcessBuilder.Redirect output = ProcessBuilder.Redirect.appendTo(log.toFile());
            EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder()
                    .setDataDirectory(data)
                    .setCleanDataDirectory(false)
                    .setRegisterShutdownHook(false)
                    .setPGStartupWait(PATIENCE)
                    .setOutputRedirector(output)
                    .setErrorRedirector(output)
                    .setPort(port);
            settings.forEach(builder::setServerConfig);
            server = builder.start();
            createDatabase(server);
            if (Files.notExists(complete)) {
                Files.createFile(complete);
            }
        } catch (IOException | SQLException | RuntimeException e) {
            stop();
            throw new EmbeddedServerException("PostgreSQL did not start on port " + port + "; its log is " + log, e);
        }
    }

    synchronized void stop() {
        if (server != null) {
            try {
                server.close();
            } catch (IOException e) {
                throw new EmbeddedServerException("PostgreSQL did not stop; its log is " + log, e);
            } finally {
                server = null;
            }
        }
    }

    private static void createDatabase(EmbeddedPostgres server) throws SQLException {
        try (Connection connection = server.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement();
                ResultSet found =
                        statement.executeQuery("SELECT FROM pg_database WHERE datname = '%s'".formatted(NAME))) {
            if (!found.next()) {
                statement.execute("CREATE DATABASE " + NAME);
            }
        }
    }

    private void stopOrphan() {
        Path pidFile = data.resolve("postmaster.pid");
        try {
            if (Files.exists(pidFile)) {
                ProcessHandle.of(pid(pidFile)).filter(this::runsOnOurData).ifPresent(EmbeddedDatabase::stop);
                Files.deleteIfExists(pidFile);
            }
        } catch (IOException e) {
            throw new EmbeddedServerException("Cannot tell whether PostgreSQL runs on " + data, e);
        }
    }

    private static long pid(Path pidFile) throws IOException {
        try (Stream<String> lines = Files.lines(pidFile)) {
            return lines.findFirst().map(String::strip).map(Long::parseLong).orElse(0L);
        }
    }

    private static void stop(ProcessHandle server) {
        try {
            // SIGINT is PostgreSQL's fast shutdown: it does not wait for clients to leave.
            new ProcessBuilder("kill", "-INT", String.valueOf(server.pid())).start();
            server.onExit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (IOException | TimeoutException | ExecutionException e) {
            throw new EmbeddedServerException(
                    "PostgreSQL process " + server.pid() + " of an earlier run does not stop: end it by hand", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EmbeddedServerException("Interrupted while PostgreSQL process " + server.pid() + " stops", e);
        }
    }

    /** Whether the process is the one that our data directory names, and not a later one with its number. */
    private boolean runsOnOurData(ProcessHandle process) {
        return process.info()
                .arguments()
                .map(arguments -> Arrays.asList(arguments).contains(data.toString()))
                .orElse(false);
    }

    private static void delete(Path directory) throws IOException {
        if (Files.exists(directory)) {
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
