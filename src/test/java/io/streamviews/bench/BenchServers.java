package io.streamviews.bench;

import io.streamviews.dev.EmbeddedServers;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A broker and a PostgreSQL of a measurement's own, each its own process, as durable as in production. */
final class BenchServers implements AutoCloseable {

    /** What the application's JVM is told, unless the measurement is told otherwise. */
    static final String JVM = "-Xmx512m -Xmn256m -XX:+UseParallelGC";

    static final String USER = "postgres";

    private static final Map<String, String> SETTINGS = Map.of(
            "fsync", "on",
            "full_page_writes", "on",
            "synchronous_commit", "on",
            "shared_buffers", "1GB",
            "max_wal_size", "4GB",
            "checkpoint_timeout", "15min",
            "track_commit_timestamp", "on",
            "shared_preload_libraries", "pg_stat_statements,auto_explain");
    private static final Path DIRECTORY = Path.of("target", "bench", "servers");
    private static final Path LOG = Path.of("target", "bench", "servers.log");
    private static final String READY = "ready";
    private static final char STOP_BROKER = '-';
    private static final char START_BROKER = '+';

    private final Process process;
    private final BufferedReader out;
    private final Map<String, String> configuration = new HashMap<>();

    private BenchServers(Process process) throws IOException {
        this.process = process;
        this.out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        awaitReady();
    }

    private void awaitReady() throws IOException {
        for (String line = out.readLine(); !READY.equals(line); line = out.readLine()) {
            if (line == null) {
                throw new IOException("The servers did not start");
            }
            int equals = line.indexOf('=');
            if (equals > 0) {
                configuration.put(line.substring(0, equals), line.substring(equals + 1));
            }
        }
    }

    /** @param settings of PostgreSQL's, besides: {@code name=value} */
    static BenchServers start(String... settings) throws IOException {
        if (Files.exists(DIRECTORY)) {
            try (Stream<Path> files = Files.walk(DIRECTORY)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-Xmx1g",
                "-cp",
                System.getProperty("java.class.path"),
                BenchServers.class.getName(),
                DIRECTORY.toString()));
        command.addAll(List.of(settings));
        Files.createDirectories(LOG.getParent());
        return new BenchServers(
                new ProcessBuilder(command).redirectError(LOG.toFile()).start());
    }

    /** The servers' own process: runs until its input ends. What they log must not fill a pipe that nobody reads any more. */
    public static void main(String... args) throws IOException {
        PrintStream answers = System.out;
        System.setOut(System.err);
        Map<String, String> settings = new HashMap<>(SETTINGS);
        Stream.of(args).skip(1).map(setting -> setting.split("=", 2)).forEach(it -> settings.put(it[0], it[1]));
        try (EmbeddedServers servers = new EmbeddedServers(Path.of(args[0]), 0, 0, settings).start()) {
            servers.getConfiguration().forEach((name, value) -> answers.println(name + "=" + value));
            answers.println(READY);
            // Whoever started this process holds the other end.
            for (int order = System.in.read(); order >= 0; order = System.in.read()) {
                if (order == STOP_BROKER) {
                    servers.stopBroker();
                    answers.println(READY);
                } else if (order == START_BROKER) {
                    servers.startBroker();
                    answers.println(READY);
                }
            }
        }
        System.exit(0);
    }

    Map<String, String> configuration() {
        return configuration;
    }

    String bootstrapServers() {
        return configuration.get("kafka.bootstrap.servers");
    }

    String jdbcUrl() {
        return configuration.get("quarkus.datasource.jdbc.url");
    }

    /** What PostgreSQL has to say. */
    Path databaseLog() {
        return DIRECTORY.resolve("postgresql").resolve("postgresql.log");
    }

    Connection connect() throws SQLException {
        return DriverManager.getConnection(jdbcUrl(), USER, "");
    }

    void sql(String statement) throws SQLException {
        try (Connection connection = connect();
                Statement plain = connection.createStatement()) {
            plain.execute(statement);
        }
    }

    /** The number that a query gives. */
    long number(String query) throws SQLException {
        return number("materialized_view_db", query);
    }

    long number(String database, String query) throws SQLException {
        try (Connection connection =
                        DriverManager.getConnection(jdbcUrl().replace("materialized_view_db", database), USER, "");
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            rows.next();
            return rows.getLong(1);
        }
    }

    /** Returns when the broker is down. */
    void stopBroker() throws IOException {
        order(STOP_BROKER);
    }

    /** Returns when the broker answers again, with the same data. */
    void startBroker() throws IOException {
        order(START_BROKER);
    }

    private void order(char order) throws IOException {
        process.getOutputStream().write(order);
        process.getOutputStream().flush();
        awaitReady();
    }

    /** Processor seconds that the broker has used so far. */
    double brokerCpuSeconds() {
        return ApplicationProcess.cpuSeconds(process.pid());
    }

    @Override
    public void close() throws IOException {
        process.getOutputStream().close();
        process.onExit().join();
    }
}
