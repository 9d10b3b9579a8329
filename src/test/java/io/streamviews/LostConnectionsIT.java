package io.streamviews;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.restassured.path.json.JsonPath;
import io.streamviews.consistency.ConsistencyToken;
import io.streamviews.dev.EmbeddedServersMXBean;
import io.streamviews.projection.DeadNetwork;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;

/**
 * All connections to PostgreSQL are lost at once, and nobody is told: neither packets nor errors come. As soon as new ones
 * can be made, everything works again by itself.
 */
class LostConnectionsIT {

    private static final EmbeddedServersMXBean SERVERS = EmbeddedServersResource.servers();
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int CLIENTS = 24;

    /** Connections: most of the pool's, and those that listen. */
    private static final int MANY = 12;

    private static final String NAME = "lost_" + ProcessHandle.current().pid();

    private static DeadNetwork network;
    private static PackagedProcess process;

    private final AtomicBoolean busy = new AtomicBoolean(true);
    private final ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    private long lostAt;

    @BeforeAll
    static void start() throws IOException, SQLException {
        Roles.createDatabase(NAME);
        network = new DeadNetwork(SERVERS.getDatabasePort());
        Map<String, String> settings = new HashMap<>();
        settings.put("streamviews.database.port", String.valueOf(network.port()));
        settings.put("streamviews.database.name", NAME);
        settings.put("streamviews.command.timeout", "5s");
        // While PostgreSQL cannot be asked, a batch's connection waits for twice as long.
        settings.put("streamviews.projection.write-timeout", "10s");
        settings.put("streamviews.topics.partitions", "2");
        settings.put("streamviews.topics.user-events", NAME + "-user-events");
        settings.put("streamviews.topics.post-events", NAME + "-post-events");
        settings.put("quarkus.kafka-streams.application-id", NAME);
        process = PackagedProcess.start(NAME, settings);
        process.awaitReady();
    }

    @AfterAll
    static void stop() throws IOException, SQLException {
        process.close();
        network.close();
        execute("DROP DATABASE %s WITH (FORCE)".formatted(NAME));
    }

    @AfterEach
    void rest() throws InterruptedException {
        busy.set(false);
        clients.shutdown();
        assertThat(clients.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
    }

    @Test
    void everythingWorksAgainAfterTheLossOfConnectionsThatAreInUse() {
        work();
        await().atMost(PATIENCE).until(() -> network.held() >= MANY);
        loseAll();

        assertThatAllWorks();
        await().atMost(PATIENCE).until(() -> network.lost() == 0);
    }

    @Test
    void everythingWorksAgainAfterAWhileWithoutPostgresql() {
        work();
        network.die();
        await().atMost(PATIENCE).until(() -> network.lost() == 0);
        assertThat(status("GET", "/api/users/1", null)).isEqualTo(503);
        network.revive();
        lostAt = System.nanoTime();

        assertThatAllWorks();
    }

    @Test
    void connectionsLostAtRestAreFoundBeforeSomebodyNeedsThem() throws InterruptedException {
        work();
        await().atMost(PATIENCE).until(() -> network.held() >= MANY);
        rest();
        loseAll();

        await().atMost(PATIENCE).until(() -> network.lost() == 0);

        for (int i = 0; i < CLIENTS; i++) {
            assertThat(status("POST", "/api/users", user(i))).isEqualTo(201);
            assertThat(status("GET", "/api/posts/users", null)).isEqualTo(200);
        }
        assertThatAllWorks();
    }

    private void loseAll() {
        network.die();
        network.revive();
        lostAt = System.nanoTime();
    }

    /** Clients that read and write all the time, whatever comes of it. */
    private void work() {
        for (int i = 0; i < CLIENTS; i++) {
            int client = i;
            HttpResponse<String> created = process.send("POST", "/api/users", user(client));
            assertThat(created.statusCode()).isEqualTo(201);
            // commands on one user would need one connection only
            String own = "/api/users/" + JsonPath.from(created.body()).getLong("id");
            clients.submit(() -> {
                while (busy.get()) {
                    status("POST", "/api/users", user(client));
                    status("PUT", own, user(client));
                    status("GET", own, null);
                    status("GET", "/api/posts/users?limit=5", null);
                }
            });
        }
    }

    private void assertThatAllWorks() {
        awaitThat("users are created", () -> status("POST", "/api/users", user(2)) == 201);
        awaitThat("users are changed", () -> status("PUT", "/api/users/1", user(2)) == 200);
        awaitThat("users are read", () -> status("GET", "/api/users/1", null) == 200);
        for (String path : List.of("projection", "dead-letters", "rebuilds", "verifications")) {
            awaitThat(path + " can be looked at", () -> status("GET", "/api/admin/" + path, null) == 200);
        }
        awaitThat("what was written is read", this::readsWhatItWrote);
        awaitThat("the relay is woken", this::wakesTheRelay);
        awaitThat("views are followed", this::tellsOfAChange);
        awaitThat("the backlog is known", this::backlogIsKnown);
        awaitThat("it is ready", () -> status("GET", "/q/health/ready", null) == 200);
        busy.set(false); // what follows goes on for long, and would take as long again beside them
        assertThatEnds("verifications", "{}");
        assertThatEnds("verifications", "{\"depth\":\"deep\"}");
        assertThatEnds("rebuilds", null);
    }

    private void awaitThat(String what, Callable<Boolean> holds) {
        await(what).atMost(PATIENCE).until(holds);
        System.out.printf("Lost connections: %s after %d ms%n", what, (System.nanoTime() - lostAt) / 1_000_000);
    }

    /** The write, its publication, its application, and the look at it. */
    private boolean readsWhatItWrote() {
        HttpResponse<String> created = process.send("POST", "/api/users", user(3));
        if (created.statusCode() != 201) {
            return false;
        }
        String token = created.headers().firstValue(ConsistencyToken.HEADER).orElseThrow();
        long id = JsonPath.from(created.body()).getLong("id");
        return process.send("GET", "/api/posts/users/" + id, null, Map.of(ConsistencyToken.HEADER, token))
                        .statusCode()
                == 200;
    }

    private boolean wakesTheRelay() throws SQLException {
        try (Connection connection = connect(NAME);
                Statement statement = connection.createStatement()) {
            statement.execute("LISTEN event_log");
            return status("POST", "/api/users", user(4)) == 201
                    && connection.unwrap(PGConnection.class).getNotifications(5_000).length > 0;
        }
    }

    private boolean tellsOfAChange() throws Exception {
        try (Stream<String> feed = process.follow("/api/views/user_view/changes")) {
            CompletableFuture<Boolean> told = CompletableFuture.supplyAsync(() -> feed.peek(line -> {
                        if (line.equals("event: start")) {
                            status("POST", "/api/users", user(5));
                        }
                    })
                    .anyMatch("event: change"::equals));
            return told.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    private boolean backlogIsKnown() {
        return Stream.of(process.get("/q/metrics").body().split("\n"))
                .anyMatch(line -> line.startsWith("streamviews_relay_backlog ") && !line.endsWith("NaN"));
    }

    private void assertThatEnds(String what, String request) {
        HttpResponse<String> begun = process.send("POST", "/api/admin/" + what, request);
        assertThat(begun.statusCode()).as(begun.body()).isEqualTo(202);
        String path =
                "/api/admin/%s/%d".formatted(what, JsonPath.from(begun.body()).getLong("id"));
        await(path).atMost(PATIENCE).until(() -> JsonPath.from(process.get(path).body())
                .getString("state")
                .equals("DONE"));
    }

    /** -1 if there was no answer. */
    private int status(String method, String path, String body) {
        try {
            return process.send(method, path, body).statusCode();
        } catch (RuntimeException noAnswer) {
            return -1;
        }
    }

    private static String user(int i) {
        return "{\"name\":\"n\",\"email\":\"user%d@example.com\",\"department\":\"d\"}".formatted(i);
    }

    private static void execute(String sql) throws SQLException {
        try (Connection connection = connect("postgres");
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static Connection connect(String database) throws SQLException {
        String url = "jdbc:postgresql://localhost:%d/%s".formatted(SERVERS.getDatabasePort(), database);
        return DriverManager.getConnection(url, "postgres", "");
    }
}
