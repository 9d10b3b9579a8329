package io.streamviews.cdc;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Kafka Connect as a process of its own, with the connector that {@code docker/debezium} has. The file is taken as it is; the
 * environment says where the servers are, as it does in a container.
 */
public final class ConnectProcess implements AutoCloseable {

    /** The role that {@code docker/debezium/grants.sql} makes. */
    public static final String ROLE = "streamviews_cdc";

    private static final Path LOG = Path.of("target", "processes", "connect.log");
    private static final Path GRANTS = Path.of("docker", "debezium", "grants.sql");
    private static final String WORKER =
            """
            bootstrap.servers=%s
            offset.storage.file.filename=%s
            offset.flush.interval.ms=%d
            key.converter=org.apache.kafka.connect.storage.StringConverter
            value.converter=org.apache.kafka.connect.storage.StringConverter
            listeners=http://127.0.0.1:0
            plugin.discovery=service_load
            config.providers=env
            config.providers.env.class=org.apache.kafka.common.config.provider.EnvVarConfigProvider
            """;
    private static final String LOGGING =
            """
            logger.level=INFO
            logger.handlers=CONSOLE
            handler.CONSOLE=org.jboss.logmanager.handlers.ConsoleHandler
            handler.CONSOLE.formatter=PATTERN
            handler.CONSOLE.properties=autoFlush
            handler.CONSOLE.autoFlush=true
            formatter.PATTERN=org.jboss.logmanager.formatters.PatternFormatter
            formatter.PATTERN.properties=pattern
            formatter.PATTERN.pattern=%d{HH:mm:ss.SSS} %-5p [%c{1}] %s%e%n
            """;
    private static final String CONNECTOR = "docker/debezium/event-log.json";

    private final Process process;

    private ConnectProcess(Process process) {
        this.process = process;
    }

    /**
     * @param directory has where its source was when it was last asked to keep that; its log is under {@code target/processes}
     * @param flushEvery milliseconds between the times that it is asked to
     */
    public static ConnectProcess start(
            Path directory, String bootstrapServers, int databasePort, long flushEvery, String... jvmOptions)
            throws IOException {
        return start(directory, List.of(CONNECTOR), bootstrapServers, databasePort, flushEvery, jvmOptions);
    }

    /** With connectors of any files. */
    static ConnectProcess start(
            Path directory,
            List<String> connectors,
            String bootstrapServers,
            int databasePort,
            long flushEvery,
            String... jvmOptions)
            throws IOException {
        Files.createDirectories(directory);
        Files.createDirectories(LOG.getParent());
        Path worker = Files.writeString(
                directory.resolve("worker.properties"),
                WORKER.formatted(bootstrapServers, directory.resolve("offsets"), flushEvery));
        Path logging = Files.writeString(directory.resolve("logging.properties"), LOGGING);
        List<String> command = Stream.of(
                        Stream.of(ProcessHandle.current().info().command().orElse("java")),
                        Stream.of(jvmOptions),
                        Stream.of(
                                "-cp",
                                classPath(),
                                "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
                                "-Dlogging.configuration=" + logging.toUri(),
                                "org.apache.kafka.connect.cli.ConnectStandalone",
                                worker.toString()),
                        connectors.stream())
                .flatMap(part -> part)
                .toList();
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(LOG.toFile()));
        builder.environment()
                .putAll(Map.of(
                        "STREAMVIEWS_DATABASE_HOST", "localhost",
                        "STREAMVIEWS_DATABASE_PORT", Integer.toString(databasePort),
                        "STREAMVIEWS_DATABASE_NAME", "materialized_view_db",
                        "STREAMVIEWS_CDC_USER", ROLE,
                        "STREAMVIEWS_CDC_PASSWORD", "of no account to a server that trusts"));
        return new ConnectProcess(builder.start());
    }

    /** Without Quarkus, which would hold back all that is logged until an application of its own has started. */
    private static String classPath() {
        return Pattern.compile(File.pathSeparator)
                .splitAsStream(System.getProperty("java.class.path"))
                .filter(entry -> !entry.contains("quarkus-bootstrap-runner"))
                .collect(Collectors.joining(File.pathSeparator));
    }

    /** Makes its role, as psql does it. @param connection a superuser's, in simple query mode */
    public static void grant(Connection connection) throws IOException, SQLException {
        String script = Files.readString(GRANTS)
                .lines()
                .filter(line -> !line.startsWith("\\"))
                .collect(Collectors.joining("\n"));
        try (Statement statement = connection.createStatement()) {
            statement.execute(script.replace(":'cdc'", "'" + ROLE + "'").replace(":\"cdc\"", '"' + ROLE + '"'));
        }
    }

    public long pid() {
        return process.pid();
    }

    /** As {@code kill -9} does. */
    public void kill() {
        process.destroyForcibly().onExit().join();
    }

    /** Ends in order: what Kafka has acknowledged is kept in mind. */
    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                throw new IllegalStateException("Connect did not stop when asked to");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        } finally {
            process.destroyForcibly();
        }
    }
}
