package io.streamviews;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.streamviews.dev.EmbeddedServers;
import io.streamviews.dev.EmbeddedServersMXBean;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Gives a test a real broker and a real database: one of each per JVM, started by the first test that asks and shared
 * by all others, with or without Quarkus. They start empty in every JVM.
 */
public final class EmbeddedServersResource implements QuarkusTestResourceLifecycleManager {

    /** Nobody keeps what is in it, whatever becomes of the machine. */
    private static final Map<String, String> THROWN_AWAY =
            Map.of("full_page_writes", "off", "max_wal_size", "4GB", "jit", "off");

    private static final Path DIRECTORY = Path.of("target", "test-servers");

    /** The application is let in as the role that may do least; or is left to Dev Services, with {@code -Ddev-services=true}. */
    @Override
    public Map<String, String> start() {
        if (Boolean.getBoolean("dev-services")) {
            return Map.of();
        }
        Map<String, String> configuration = new HashMap<>(servers().getConfiguration());
        configuration.put("quarkus.datasource.username", Roles.RUNTIME);
        // replays and lags are waited for, which are seen at these looks
        configuration.put("streamviews.projection.progress-interval", "200ms");
        return configuration;
    }

    /** Nothing to do: the servers are shared, and stop with the JVM. */
    @Override
    public void stop() {}

    /** The servers, to stop and start them in tests of outages. Whoever stops one starts it again. */
    public static EmbeddedServersMXBean servers() {
        return EmbeddedServers.running().orElseGet(() -> {
            // The class loader of a Quarkus test ends before the JVM does; the servers do not.
            try {
                ClassLoader.getSystemClassLoader()
                        .loadClass(EmbeddedServersResource.class.getName())
                        .getMethod("launch")
                        .invoke(null);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("The embedded servers did not start", e);
            }
            return EmbeddedServers.running().orElseThrow();
        });
    }

    /** Called in the JVM's own class loader. */
    public static void launch() throws IOException {
        String own = String.valueOf(ProcessHandle.current().pid());
        Files.createDirectories(DIRECTORY);
        sweep(own);
        EmbeddedServers servers = new EmbeddedServers(DIRECTORY.resolve(own), 0, 0, THROWN_AWAY)
                .start()
                .publish();
        Runtime.getRuntime().addShutdownHook(new Thread(servers::close, "embedded-servers-stop"));
        Roles.prepare("materialized_view_db");
    }

    /** What ended processes have left; one process at a time, since tests begin side by side. */
    private static void sweep(String own) throws IOException {
        try (FileChannel file = FileChannel.open(
                        DIRECTORY.resolveSibling("test-servers.lock"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE);
                FileLock lock = file.lock()) {
            for (Path directory : list(DIRECTORY)) {
                String owner = directory.getFileName().toString();
                if (owner.equals(own) || !runs(owner)) {
                    delete(directory);
                }
            }
        }
    }

    private static boolean runs(String process) {
        return process.matches("\\d+")
                && ProcessHandle.of(Long.parseLong(process)).isPresent();
    }

    private static List<Path> list(Path directory) throws IOException {
        try (Stream<Path> children = Files.list(directory)) {
            return children.toList();
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
