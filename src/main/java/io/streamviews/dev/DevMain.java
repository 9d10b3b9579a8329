package io.streamviews.dev;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.net.URI;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.ConfigProvider;

/**
 * The main class of dev mode: sees to it that there is a broker and a database before the application starts, and says
 * where everything is once it has started. The packaged application has neither this class nor the servers.
 */
@QuarkusMain(name = "dev")
public final class DevMain {

    private DevMain() {}

    public static void main(String... args) {
        DevServers.provide();
        Quarkus.run(Announcement.class, args);
    }

    /** Runs when the application has started. */
    public static final class Announcement implements QuarkusApplication {

        @Override
        public int run(String... args) {
            System.out.println(addresses(ConfigProvider.getConfig()));
            Quarkus.waitForExit();
            return 0;
        }
    }

    static String addresses(Config config) {
        String first = "http://localhost:" + config.getValue("quarkus.http.port", int.class);
        String rest = config.getOptionalValue("streamviews.http.second-port", int.class)
                .map(second -> first + " and http://localhost:" + second)
                .orElse(first);
        URI database = URI.create(
                config.getValue("quarkus.datasource.jdbc.url", String.class).substring("jdbc:".length()));
        return """

                  REST        %s
                  Swagger UI  %s/q/swagger-ui
                  Kafka       %s
                  PostgreSQL  psql -h %s -p %d -U %s -d %s
                """
                .formatted(
                        rest,
                        first,
                        config.getValue("kafka.bootstrap.servers", String.class).replace("PLAINTEXT://", ""),
                        database.getHost(),
                        database.getPort() < 0 ? 5432 : database.getPort(),
                        config.getValue("quarkus.datasource.username", String.class),
                        database.getPath().substring(1));
    }
}
