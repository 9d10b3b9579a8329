package io.streamviews;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.streamviews.dev.EmbeddedServersMXBean;
import java.util.Map;

/** The shared servers, with a database and topics of its own, for an application that Quarkus starts as a process. */
public final class OwnDatabaseResource implements QuarkusTestResourceLifecycleManager {

    static final String NAME = "packaged_scenario";

    private static boolean created;

    @Override
    public Map<String, String> start() {
        EmbeddedServersMXBean servers = EmbeddedServersResource.servers();
        if (!created) {
            Roles.createDatabase(NAME);
            created = true;
        }
        return Map.of(
                "quarkus.datasource.jdbc.url",
                url(),
                "quarkus.datasource.reactive.url",
                url().substring("jdbc:".length()),
                "quarkus.datasource.username",
                Roles.RUNTIME,
                "kafka.bootstrap.servers",
                servers.getBootstrapServers(),
                "quarkus.kafka-streams.application-id",
                NAME,
                "streamviews.topics.user-events",
                NAME + "-user-events",
                "streamviews.topics.post-events",
                NAME + "-post-events",
                "streamviews.http.second-port",
                "");
    }

    /** After the one that {@link ScenarioTest} asks for. */
    @Override
    public int order() {
        return 1;
    }

    static String url() {
        return "jdbc:postgresql://localhost:%d/%s"
                .formatted(EmbeddedServersResource.servers().getDatabasePort(), NAME);
    }

    @Override
    public void stop() {}
}
