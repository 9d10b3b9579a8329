package io.streamviews.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.streamviews.EmbeddedServersResource;
import io.streamviews.PackagedProcess;
import io.streamviews.Roles;
import io.streamviews.dev.EmbeddedServersMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** As many feeds as there may be, of a view as large as may be followed, in a process with a small heap. */
@Tag("alone")
class ManyFeedsIT {

    private static final EmbeddedServersMXBean SERVERS = EmbeddedServersResource.servers();
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String NAME = "feeds_" + ProcessHandle.current().pid();
    private static final String LARGE = "/api/views/user_activity/changes";
    private static final int USERS = 9_900;
    private static final int MAX_OPEN = 100;
    private static final int MAX_RESIDENT_KB = 1_000_000;

    private static PackagedProcess process;

    private static int updates;

    @BeforeAll
    static void start() {
        Roles.createDatabase(NAME);
        Map<String, String> settings = new HashMap<>();
        settings.put("java.tool.options", "-Xmx512m");
        settings.put("streamviews.feed.max-open", String.valueOf(MAX_OPEN));
        settings.put("streamviews.feed.max-open-per-client", String.valueOf(2 * MAX_OPEN));
        settings.put("streamviews.database.name", NAME);
        settings.put("streamviews.topics.user-events", NAME + "-user-events");
        settings.put("streamviews.topics.post-events", NAME + "-post-events");
        settings.put("quarkus.kafka-streams.application-id", NAME);
        process = PackagedProcess.start(NAME, settings);
        process.awaitReady();
        String users = IntStream.range(0, USERS)
                .mapToObj(i -> "{\"name\":\"%s\",\"email\":\"u@example.com\",\"department\":\"d\"}"
                        .formatted("n".repeat(90) + i))
                .collect(Collectors.joining("\n"));
        assertThat(process.send("POST", "/api/users/bulk", users, Map.of("Content-Type", "application/x-ndjson"))
                        .body())
                .contains("\"accepted\":" + USERS);
        await().atMost(PATIENCE)
                .until(() -> process.get("/api/posts/users/" + (USERS - 1)).statusCode() == 200);
    }

    @AfterAll
    static void stop() {
        process.close();
        execute("DROP DATABASE %s WITH (FORCE)".formatted(NAME));
    }

    @BeforeEach
    void isWarmAndNobodyFollows() {
        IntStream.range(0, 20).forEach(i -> answerTime());
        await().atMost(PATIENCE).until(() -> metric("streamviews_feed_open") == 0);
    }

    @Test
    void unreadFeedsOfALargeViewCostLittle() {
        try (SilentFeeds silent = new SilentFeeds()) {
            silent.open(process.uri(LARGE), 50);
            await().atMost(PATIENCE).until(() -> metric("streamviews_feed_open") == 50);

            List<Long> millis = new ArrayList<>();
            // until they are dropped
            await().atMost(PATIENCE).pollInterval(Duration.ofMillis(50)).until(() -> {
                millis.add(answerTime());
                assertThat(status("VmRSS")).isLessThan(MAX_RESIDENT_KB);
                return metric("streamviews_feed_open") == 0;
            });
            assertThat(process.log()).doesNotContain("OutOfMemory");
            millis.sort(null);
            System.out.printf(
                    "50 unread feeds: %d kB at most, other requests p50 %d ms, p95 %d ms, at most %d ms%n",
                    status("VmHWM"),
                    millis.get(millis.size() / 2),
                    millis.get(millis.size() * 95 / 100),
                    millis.get(millis.size() - 1));
            // but for what a busy machine may do to one or two of them
            assertThat(millis.get(millis.size() * 95 / 100)).isLessThan(1_000);
        }
    }

    @Test
    void whoReadsIsServedAlthoughAsManyAsMayBeDoNot() {
        try (SilentFeeds silent = new SilentFeeds()) {
            silent.open(process.uri(LARGE), MAX_OPEN / 2);
            silent.open(process.uri("/api/views/user_view/changes?from=earliest"), MAX_OPEN / 2);
            await().atMost(PATIENCE).until(() -> metric("streamviews_feed_open") == MAX_OPEN);

            AtomicReference<HttpResponse<Stream<String>>> answer = new AtomicReference<>();
            await().atMost(Duration.ofSeconds(5)).until(() -> {
                answer.set(follow("/api/views/user_view/changes"));
                return answer.get().statusCode() == 200;
            });
            try (Stream<String> lines = answer.get().body()) {
                CompletableFuture<Boolean> told = CompletableFuture.supplyAsync(() -> lines.peek(line -> {
                            if (line.equals("event: start")) {
                                answerTime();
                            }
                        })
                        .anyMatch("event: change"::equals));
                assertThat(told).succeedsWithin(PATIENCE).isEqualTo(true);
            }
        }
    }

    @Test
    void threadsDoNotGrowWithFeeds() {
        try (SilentFeeds feeds = new SilentFeeds()) {
            // the event loops of all, and one feed of each kind
            for (int i = 0; i < 8; i++) {
                process.get("/api/posts?limit=1");
            }
            openOneOfEachKind(feeds);
            await().atMost(PATIENCE).until(() -> metric("streamviews_feed_open") == 3);
            long few = status("Threads");

            for (int i = 0; i < 20; i++) {
                openOneOfEachKind(feeds);
            }
            await().atMost(PATIENCE).until(() -> metric("streamviews_feed_open") == 63);
            assertThat(status("Threads")).isLessThan(few + 10);
        }
    }

    private static void openOneOfEachKind(SilentFeeds feeds) {
        feeds.open(process.uri("/api/views/user_view/changes"), 1);
        feeds.open(process.uri("/api/views/user_view/changes?from=earliest"), 1);
        feeds.open(process.uri(LARGE), 1);
    }

    /** How many milliseconds another request takes. */
    private static long answerTime() {
        long start = System.nanoTime();
        int status = process.send("PUT", "/api/users/1", user()).statusCode();
        assertThat(status).isEqualTo(200);
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    }

    private static String user() {
        return "{\"name\":\"changed %d\",\"email\":\"u@example.com\",\"department\":\"d\"}".formatted(updates++);
    }

    private static HttpResponse<Stream<String>> follow(String path) {
        URI address = process.uri(path);
        try {
            return HttpClient.newHttpClient()
                    .send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofLines());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static double metric(String name) {
        return process.get("/q/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                .findFirst()
                .orElseThrow();
    }

    /** What Linux says of the process: kilobytes, or a number of threads. */
    private static long status(String field) {
        try (Stream<String> lines = Files.lines(Path.of("/proc", String.valueOf(process.pid()), "status"))) {
            return lines.filter(line -> line.startsWith(field + ":"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void execute(String sql) {
        String url = "jdbc:postgresql://localhost:%d/postgres".formatted(SERVERS.getDatabasePort());
        try (Connection connection = DriverManager.getConnection(url, "postgres", "");
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }
}
