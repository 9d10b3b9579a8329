package io.streamviews;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.streamviews.dev.EmbeddedServers;
import io.streamviews.dev.EmbeddedServersMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Gives a test a real broker and a real database: one of each per JVM, started by the first test that asks and shared
 * by all others, with or without Quarkus. They start empty in every run of the tests.
 */
public final class EmbeddedServersResource implements QuarkusTestResourceLifecycleManager {

    @Override
    public Map<String, String> start() {
        return servers().getConfiguration();
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
    public static void launch() throws Exception {
        Path directory = Path.of("target", "test-servers", "fork-" + System.getProperty("surefire.forkNumber", "1"));
        if (Files.exists(directory)) {
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
        EmbeddedServers servers =
                EmbeddedServers.start(directory, 0, 0, Map.of()).publish();
        Runtime.getRuntime().addShutdownHook(new Thread(servers::close, "embedded-servers-stop"));
    }
}
