package io.streamviews.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.streamviews.EmbeddedServersResource;
import io.streamviews.PackagedProcess;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How long events wait when the process whose relay publishes is killed, with the settings of production. */
class RelayTakeOverIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration BOUND = Duration.ofSeconds(5);
    private static final String ACTIVE =
            """
            SELECT count(*) FROM pg_stat_activity JOIN pg_locks USING (pid)
            WHERE application_name = 'streamviews relay' AND locktype = 'advisory' AND granted
            """;
    private static final String UNPUBLISHED =
            """
            SELECT count(*) FROM public.event_log AS e, public.relay_cursor AS c
            WHERE e.id > c.event_id
            """;
    private static final int EVENTS_BEFORE_THE_KILL = 200;

    @Test
    void anotherRelayPublishesWithinSeconds() throws SQLException {
        try (PackagedProcess active = PackagedProcess.start("relay-active", Map.of("quarkus.profile", "user"))) {
            await("A relay that publishes").atMost(PATIENCE).until(() -> count(ACTIVE) == 1);
            try (PackagedProcess standby = PackagedProcess.start("relay-standby", Map.of("quarkus.profile", "user"))) {
                for (int i = 0; i < EVENTS_BEFORE_THE_KILL; i++) {
                    create(standby);
                }
                long killed = System.nanoTime();
                active.kill();
                create(standby);
                await("Take-over")
                        .atMost(PATIENCE)
                        .pollInterval(Duration.ofMillis(10))
                        .until(() -> count(UNPUBLISHED) == 0);
                Duration takeOver = Duration.ofNanos(System.nanoTime() - killed);

                System.out.printf("Take-over by another relay after kill -9: %.1f s%n", takeOver.toMillis() / 1000.0);
                assertThat(takeOver).isLessThan(BOUND);
                assertThat(standby.log()).doesNotContain(" ERROR ");
            }
        }
    }

    private static void create(PackagedProcess service) {
        assertThat(service.send("POST", "/api/users", "{\"name\":\"n\",\"email\":\"e@example.com\"}")
                        .statusCode())
                .isEqualTo(201);
    }

    private static long count(String query) throws SQLException {
        Map<String, String> servers = EmbeddedServersResource.servers().getConfiguration();
        try (Connection connection = DriverManager.getConnection(
                        servers.get("quarkus.datasource.jdbc.url"), servers.get("quarkus.datasource.username"), "");
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getLong(1);
        }
    }
}
