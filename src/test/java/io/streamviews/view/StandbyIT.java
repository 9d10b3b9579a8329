package io.streamviews.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.restassured.path.json.JsonPath;
import io.streamviews.PackagedProcess;
import io.streamviews.consistency.ConsistencyToken;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Views are read on a hot standby that replays the primary's log, tokens hold there, and no read fails when it does. */
class StandbyIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int TIMES = 200;

    @TempDir
    static Path directory;

    private static PrimaryAndStandby servers;
    private static PackagedProcess application;

    @BeforeAll
    static void start() throws Exception {
        servers = new PrimaryAndStandby(directory);
        Map<String, String> settings = new TreeMap<>(Map.of(
                "streamviews.database.port",
                String.valueOf(servers.primaryPort()),
                "quarkus.datasource.username",
                PrimaryAndStandby.ROLE,
                "streamviews.read.host",
                "localhost",
                "streamviews.read.port",
                String.valueOf(servers.standbyPort()),
                "streamviews.read.max-lag",
                "5s",
                "streamviews.consistency.max-wait",
                "9s"));
        String name = "standby_" + ProcessHandle.current().pid();
        settings.put("streamviews.topics.partitions", "2");
        settings.put("streamviews.topics.user-events", name + "-user-events");
        settings.put("streamviews.topics.post-events", name + "-post-events");
        settings.put("quarkus.kafka-streams.application-id", name);
        application = PackagedProcess.start("standby", settings);
        application.awaitReady();
    }

    @AfterAll
    static void stop() throws Exception {
        application.close();
        servers.close();
    }

    @Test
    void viewsAreReadOnTheStandbyAndTokensHoldThere() throws Exception {
        awaitRead(true);
        List<Long> onStandby = readWhatIsWritten();

        servers.pauseReplay();
        HttpResponse<String> created = create("late");
        String path = "/api/posts/users/" + JsonPath.from(created.body()).getLong("id");
        await().atMost(PATIENCE)
                .until(() -> servers.value("SELECT name FROM views.user_view WHERE name = 'late'") != null);
        assertThat(application.get(path).statusCode()).isEqualTo(404);
        assertThat(read(path, created).statusCode()).isEqualTo(200);
        awaitRead(false);
        assertThat(application.get(path).statusCode()).isEqualTo(200);
        servers.resumeReplay();
        awaitRead(true);
        assertThat(application.get(path).statusCode()).isEqualTo(200);

        servers.stopStandby();
        List<Long> onPrimary = readWhatIsWritten();
        awaitRead(false);
        servers.startStandby();
        awaitRead(true);
        readWhatIsWritten();

        assertThat(application.log())
                .containsOnlyOnce(" s behind")
                .contains("Views are read on the primary")
                .contains("Views are read on the standby");
        System.out.printf(
                "Reads with a token at once after the command: on the standby p50 %.1f ms, p99 %.1f ms; on the primary p50"
                        + " %.1f ms, p99 %.1f ms%n",
                onStandby.get(TIMES / 2) / 1e6,
                onStandby.get(TIMES * 99 / 100) / 1e6,
                onPrimary.get(TIMES / 2) / 1e6,
                onPrimary.get(TIMES * 99 / 100) / 1e6);
    }

    /** In order. */
    private static List<Long> readWhatIsWritten() {
        return IntStream.range(0, TIMES)
                .mapToObj(i -> {
                    HttpResponse<String> created = create("user " + i);
                    long id = JsonPath.from(created.body()).getLong("id");
                    long start = System.nanoTime();
                    HttpResponse<String> read = read("/api/posts/users/" + id, created);
                    long nanos = System.nanoTime() - start;
                    assertThat(read.statusCode()).as(read.body()).isEqualTo(200);
                    return nanos;
                })
                .sorted()
                .toList();
    }

    private static HttpResponse<String> create(String name) {
        HttpResponse<String> created = application.send(
                "POST", "/api/users", "{\"name\":\"%s\",\"email\":\"user@example.com\"}".formatted(name));
        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        return created;
    }

    private static HttpResponse<String> read(String path, HttpResponse<String> command) {
        String token = command.headers().firstValue(ConsistencyToken.HEADER).orElseThrow();
        return application.send("GET", path, null, Map.of(ConsistencyToken.HEADER, token));
    }

    private static void awaitRead(boolean read) {
        await().atMost(PATIENCE)
                .until(() -> JsonPath.from(application.get("/q/health/ready").body())
                                .getBoolean("checks.find { it.name == 'standby' }.data.read")
                        == read);
    }
}
