package io.streamviews.dev;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.configuration.ConfigUtils;
import java.nio.file.Path;
import java.util.Map;
import org.eclipse.microprofile.config.Config;

/**
 * The servers of dev mode. They are started once per JVM and outlive live reloads, because their addresses, once known,
 * are configuration like any other; and they stop after the application, which would otherwise report their loss.
 */
final class DevServers {

    private static final Path DIRECTORY = Path.of("target", "dev");

    private DevServers() {}

    /** Starts them, unless all addresses are configured or Dev Services provide for those that are not. */
    static void provide() {
        Config config = configured();
        boolean hasDatabase =
                isSet(config, "quarkus.datasource.jdbc.url") || isSet(config, "quarkus.datasource.reactive.url");
        boolean hasBroker = isSet(config, "kafka.bootstrap.servers");
        if ((hasDatabase && hasBroker) || devServicesProvide(config)) {
            return;
        }
        // As durable as in production: the speed that dev mode shows is not borrowed from safety.
        EmbeddedServers servers =
                new EmbeddedServers(DIRECTORY, 5432, 9092, Map.of("fsync", "on", "synchronous_commit", "on"));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stopLast(servers), "embedded-servers-stop"));
        servers.start();
        servers.getConfiguration().forEach((name, value) -> {
            if (name.startsWith("kafka.") ? !hasBroker : !hasDatabase) {
                System.setProperty(name, value);
            }
        });
    }

    /** What is configured before the application starts, which is when Quarkus fills in its own. */
    private static Config configured() {
        return ConfigUtils.configBuilder().withProfile("dev").build();
    }

    private static boolean devServicesProvide(Config config) {
        return config.getOptionalValue("quarkus.devservices.enabled", boolean.class)
                        .orElse(true)
                && ContainerEngine.answers();
    }

    private static boolean isSet(Config config, String name) {
        return config.getOptionalValue(name, String.class).isPresent();
    }

    private static void stopLast(EmbeddedServers servers) {
        Quarkus.blockingExit();
        servers.close();
    }
}
