package io.streamviews.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.restassured.path.json.JsonPath;
import io.streamviews.EmbeddedServersResource;
import io.streamviews.PackagedProcess;
import io.streamviews.PublishedRecords;
import io.streamviews.dev.EmbeddedServersMXBean;
import io.streamviews.user.UserEvent;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

/** What becomes of events when the process whose relay publishes is killed or frozen, with the settings of production. */
class RelayTakeOverIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration BOUND_OF_KILLED = Duration.ofSeconds(5);
    private static final Duration BOUND_OF_FROZEN = Duration.ofSeconds(20);
    private static final String UNPUBLISHED =
            "SELECT count(*) FROM public.event_log AS e, public.relay_cursor AS c WHERE e.id > c.event_id";
    private static final int EVENTS_BEFORE_THE_KILL = 200;
    private static final int USERS = 30;
    private static final EmbeddedServersMXBean SERVERS = EmbeddedServersResource.servers();

    @Test
    void aKilledOneIsReplacedWithinSeconds() throws SQLException {
        try (PackagedProcess active = startActive("killed");
                PackagedProcess standby = start("killed-standby")) {
            for (int i = 0; i < EVENTS_BEFORE_THE_KILL; i++) {
                create(standby);
            }
            long killed = System.nanoTime();
            active.kill();
            create(standby);
            Duration takeOver = awaitPublication(killed);

            System.out.printf("Take-over by another relay after kill -9: %.1f s%n", takeOver.toMillis() / 1000.0);
            assertThat(takeOver).isLessThan(BOUND_OF_KILLED);
            assertThat(standby.log()).doesNotContain(" ERROR ");
        }
    }

    @Test
    void aFrozenOneIsReplacedAndPublishesNothingOldWhenItWakes() throws SQLException {
        try (PackagedProcess active = startActive("frozen");
                PackagedProcess standby = start("frozen-standby");
                PublishedRecords topic = new PublishedRecords("user-events")) {
            List<Integer> users = createUsers(standby);
            awaitPublication(0);
            SERVERS.stopBroker();
            try {
                users.forEach(id -> update(standby, id, "held by the producer"));
                await().atMost(PATIENCE).until(() -> relay(active, "data.lastError") != null);
                active.suspend();
            } finally {
                SERVERS.startBroker();
            }
            Duration takeOver = awaitPublication(System.nanoTime());
            users.forEach(id -> update(standby, id, "newer"));
            awaitPublication(0);
            active.resume();

            awaitStandby(active);
            System.out.printf("Take-over from a frozen relay: %.1f s%n", takeOver.toMillis() / 1000.0);
            assertThat(takeOver).isLessThan(BOUND_OF_FROZEN);
            assertThat(lastVersions(topic, users)).containsOnly(3L);
            assertThat(active.log()).doesNotContain(" ERROR ");
        }
    }

    /** What is on its way between the processes at that moment may arrive when it wakes; it does not stay the last. */
    @Test
    void whatAFrozenOneHadOnItsWayDoesNotStayTheLast() throws SQLException {
        try (PackagedProcess active = startActive("frozen-busy");
                PackagedProcess standby = start("frozen-busy-standby");
                PublishedRecords topic = new PublishedRecords("user-events")) {
            List<Integer> users = createUsers(standby);
            awaitPublication(0);
            CompletableFuture<Void> freeze = CompletableFuture.runAsync(active::suspend);
            int rounds = 0;
            while (!freeze.isDone() || rounds < 3) {
                int round = rounds++;
                users.parallelStream().forEach(id -> update(standby, id, "round " + round));
            }
            long version = 1 + rounds;
            awaitPublication(0);
            users.forEach(id -> update(standby, id, "newer"));
            awaitPublication(0);
            active.resume();

            awaitStandby(active);
            await().atMost(PATIENCE)
                    .until(() -> lastVersions(topic, users).stream().allMatch(last -> last == version + 1));
        }
    }

    private static PackagedProcess startActive(String name) {
        PackagedProcess process = start(name);
        await("A relay that publishes").atMost(PATIENCE).until(() -> "true".equals(relay(process, "data.active")));
        return process;
    }

    private static PackagedProcess start(String name) {
        return PackagedProcess.start("relay-" + name, Map.of("quarkus.profile", "user"));
    }

    private static void awaitStandby(PackagedProcess thawed) {
        await("A relay that waits")
                .atMost(PATIENCE)
                .ignoreExceptions()
                .until(() -> "false".equals(relay(thawed, "data.active")) && relay(thawed, "data.lastError") == null);
    }

    private static String relay(PackagedProcess process, String path) {
        return JsonPath.from(process.get("/q/health/ready").body())
                .getString("checks.find { it.name == 'relay' }." + path);
    }

    /** @return how long after {@code start} all was published */
    private static Duration awaitPublication(long start) {
        await("Publication")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> count(UNPUBLISHED) == 0);
        return Duration.ofNanos(System.nanoTime() - start);
    }

    private static List<Long> lastVersions(PublishedRecords topic, List<Integer> users) {
        Map<String, ConsumerRecord<String, String>> last = new HashMap<>();
        topic.all().forEach(record -> last.put(record.key(), record));
        return users.stream()
                .map(id -> UserEvent.CODEC
                        .decode(last.get(id.toString()).value().getBytes(StandardCharsets.UTF_8))
                        .version())
                .toList();
    }

    private static List<Integer> createUsers(PackagedProcess service) {
        return IntStream.range(0, USERS).mapToObj(i -> create(service)).toList();
    }

    private static int create(PackagedProcess service) {
        return JsonPath.from(send(service, "POST", "/api/users", "n", 201)).getInt("id");
    }

    private static void update(PackagedProcess service, int id, String name) {
        send(service, "PUT", "/api/users/" + id, name, 200);
    }

    private static String send(PackagedProcess service, String method, String path, String name, int expected) {
        var answer = service.send(method, path, "{\"name\":\"%s\",\"email\":\"e@example.com\"}".formatted(name));
        assertThat(answer.statusCode()).isEqualTo(expected);
        return answer.body();
    }

    private static long count(String query) throws SQLException {
        Map<String, String> servers = SERVERS.getConfiguration();
        try (Connection connection = DriverManager.getConnection(
                        servers.get("quarkus.datasource.jdbc.url"), servers.get("quarkus.datasource.username"), "");
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getLong(1);
        }
    }
}
