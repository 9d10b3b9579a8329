package io.streamviews;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * The packaged application's classes in an archive that the JVM maps into its memory (class data sharing, JEP 350): a start takes
 * little more than half of the processor time then. It holds for the JVM's own class loaders alone, so the application is started
 * from its jars, and not by its launcher, which brings one.
 */
final class SharedClasses {

    private static final Logger LOG = Logger.getLogger(SharedClasses.class);
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Path APPLICATION = Path.of("target", "quarkus-app");

    /** Of one version of the JVM. */
    private static final Path ARCHIVE =
            Path.of("target", "shared-classes-%s.jsa".formatted(System.getProperty("java.vm.version")));

    private static List<String> java;

    private SharedClasses() {}

    /**
     * Java's options, and what it is to run: with the archive, which is made first if it is not there. Where that cannot be done, as it
     * is shipped; also while the tests of another JVM make it.
     */
    static synchronized List<String> java() {
        if (java == null) {
            try {
                if (!isThere()) {
                    return PackagedProcess.AS_SHIPPED;
                }
                java = fromJars("-XX:SharedArchiveFile=" + ARCHIVE);
            } catch (IOException | RuntimeException e) {
                LOG.warnf(e, "There is no archive of classes: processes are started as they are shipped");
                java = PackagedProcess.AS_SHIPPED;
            }
        }
        return java;
    }

    /** One JVM's tests make it for those of others. */
    private static boolean isThere() throws IOException {
        try (FileChannel file = FileChannel.open(
                        ARCHIVE.resolveSibling("shared-classes.lock"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE);
                FileLock lock = file.tryLock()) {
            if (lock != null && !isCurrent()) {
                make();
            }
            return lock != null;
        }
    }

    private static boolean isCurrent() throws IOException {
        return Files.exists(ARCHIVE)
                && Files.getLastModifiedTime(ARCHIVE)
                                .compareTo(Files.getLastModifiedTime(APPLICATION.resolve("quarkus-run.jar")))
                        > 0;
    }

    /** Of all that an application loads that answers requests, in a database and with topics of its own. */
    private static void make() throws IOException {
        String name = "shared_classes_%d_%d".formatted(ProcessHandle.current().pid(), System.nanoTime());
        Path made = ARCHIVE.resolveSibling(name + ".jsa");
        Roles.createDatabase(name);
        Map<String, String> settings = Map.of(
                "streamviews.database.name",
                name,
                "streamviews.topics.partitions",
                "2",
                "streamviews.topics.user-events",
                name + "-user-events",
                "streamviews.topics.post-events",
                name + "-post-events",
                "quarkus.kafka-streams.application-id",
                name);
        try {
            PackagedProcess process = PackagedProcess.start(
                    name, HttpClient.newHttpClient(), settings, fromJars("-XX:ArchiveClassesAtExit=" + made));
            try {
                process.awaitReady();
                process.send("POST", "/api/users", "{\"name\":\"Kim\",\"email\":\"kim@example.com\"}");
                process.get("/api/views");
            } finally {
                process.close(PATIENCE);
            }
            Files.move(made, ARCHIVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(made);
            Roles.execute("postgres", "postgres", "DROP DATABASE %s WITH (FORCE)".formatted(name));
        }
    }

    /** What is transformed comes before what it is made of; which library comes first makes no difference. */
    private static List<String> fromJars(String option) throws IOException {
        String path = Stream.of(
                        "quarkus/transformed-bytecode.jar",
                        "quarkus/generated-bytecode.jar",
                        "app",
                        "lib/boot",
                        "lib/main")
                .map(APPLICATION::resolve)
                .flatMap(SharedClasses::jars)
                .collect(Collectors.joining(System.getProperty("path.separator")));
        return List.of(
                option,
                "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
                "-cp",
                path,
                "io.quarkus.runner.GeneratedMain");
    }

    private static Stream<String> jars(Path place) {
        if (!Files.isDirectory(place)) {
            return Stream.of(place.toString());
        }
        try (Stream<Path> files = Files.list(place)) {
            return files.map(Path::toString).sorted().toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
