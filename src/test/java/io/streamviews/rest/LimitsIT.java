package io.streamviews.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.restassured.path.json.JsonPath;
import io.streamviews.Bystander;
import io.streamviews.SmallProcess;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.parallel.Isolated;

/** What clients may take is bounded: who wants more is told so, and the others go on. */
@EnabledOnOs(OS.LINUX)
@Isolated
class LimitsIT {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int REQUESTS = 400;
    private static final int CONNECTIONS = 600;
    private static final int WAITING_FOR_ONE = 10;
    private static final int AWAITED = 100;
    private static final String POST = "{\"title\":\"T\",\"content\":\"%s\",\"authorId\":7}";

    private static SmallProcess application;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final List<Socket> clients = new ArrayList<>();

    @BeforeAll
    static void start() {
        application = SmallProcess.start(
                "limits",
                Map.of(
                        "streamviews.limits.requests",
                        String.valueOf(REQUESTS),
                        "streamviews.limits.unread-bytes",
                        "4M",
                        "streamviews.limits.patience",
                        "2s",
                        "streamviews.limits.head-time",
                        "2s",
                        "streamviews.limits.body-time",
                        "2s",
                        "streamviews.command.max-waiting",
                        "5",
                        "streamviews.command.max-waiting-for-one",
                        String.valueOf(WAITING_FOR_ONE),
                        "streamviews.consistency.max-awaited",
                        String.valueOf(AWAITED),
                        "streamviews.limits.connections",
                        String.valueOf(CONNECTIONS)));
        application.execute(
                """
                INSERT INTO public.posts (id, title, content, author_id, created_at, updated_at, version)
                VALUES (5000, 'T', 'x', 7, now(), now(), 1)
                """);
    }

    @AfterAll
    static void stop() {
        application.close();
    }

    @AfterEach
    void hangUp() throws IOException {
        for (Socket client : clients) {
            client.close();
        }
    }

    @Test
    void manyCommandsOnOneEntityLeaveTheOthersTheirConnections() {
        String body =
                application.process().send("POST", "/api/users", user("one")).body();
        long id = JsonPath.from(body).getLong("id");
        List<CompletableFuture<HttpResponse<String>>> updates;
        try (Bystander bystander = new Bystander(application.process())) {
            try (AutoCloseable held =
                    application.hold("SELECT pg_advisory_xact_lock(hashtext('user'), hashint8(%d))".formatted(id))) {
                updates = IntStream.range(0, 300)
                        .mapToObj(i -> send("PUT", "/api/users/" + id, user("update " + i)))
                        .toList();
                await().atMost(PATIENCE)
                        .until(() -> bystander.rounds() > 20 && done(updates) >= 300 - WAITING_FOR_ONE - 1);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
            bystander.assertUndisturbed(Duration.ofSeconds(1));
        }

        Map<Integer, Long> answers = answers(updates);
        assertThat(answers).containsOnlyKeys(200, 503).containsEntry(200, WAITING_FOR_ONE + 1L);
    }

    @Test
    void creationsThatMayNotWaitAreToldToComeAgain() throws Exception {
        List<CompletableFuture<HttpResponse<String>>> creations;
        try (AutoCloseable held = application.hold("LOCK TABLE public.users IN SHARE MODE")) {
            creations = IntStream.range(0, 100)
                    .mapToObj(i -> send("POST", "/api/users", user("u")))
                    .toList();
            await().atMost(PATIENCE).until(() -> done(creations) > 50);
        }

        Map<Integer, Long> answers = answers(creations);
        assertThat(answers).containsOnlyKeys(201, 503);
        assertThat(answers.get(503)).isGreaterThan(50);
    }

    @Test
    void bodiesThatDoNotComeTakeNoMoreThanTheirShare() {
        for (int i = 0; i < REQUESTS; i++) {
            connect("POST /api/users HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Content-Length: 100\r\n\r\n{");
        }

        await().atMost(PATIENCE)
                .ignoreExceptions()
                .until(() -> get("/api/users/1").statusCode() == 503);
        assertThat(get("/api/users/1").headers().firstValue("Retry-After")).isPresent();
        assertThat(get("/q/health/live").statusCode()).isEqualTo(200);

        await().atMost(PATIENCE).until(() -> get("/api/users/1").statusCode() == 200);
        for (Socket client : clients) {
            assertThat(firstLine(client)).startsWith("HTTP/1.1 408");
        }
    }

    @Test
    void connectionsBeyondTheBoundAreClosed() throws IOException {
        for (int i = 0; i < CONNECTIONS + 100; i++) {
            connect("");
        }

        await().atMost(PATIENCE).until(() -> closed() >= 100);
        assertThat(closed()).isLessThan(150);
        for (Socket client : clients) {
            client.close();
        }
        await().atMost(PATIENCE)
                .ignoreExceptions()
                .until(() -> get("/api/users/1").statusCode() == 200);
    }

    @Test
    void whoSendsAHeadByteByByteIsCut() {
        try (Bystander bystander = new Bystander(application.process())) {
            for (int i = 0; i < 200; i++) {
                connect(i % 2 == 0 ? "" : "GET /api/users/1 HTTP/1.1\r\nHost: localhost\r\n\r\n");
            }
            await().atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> clients.stream()
                                    .filter(LimitsIT::isCutWhenItSendsOn)
                                    .count()
                            == 200);
            bystander.assertUndisturbed(Duration.ofSeconds(1));
        }
    }

    @Test
    void whoLeavesPagesUnreadIsCut() {
        application.execute(
                """
                INSERT INTO views.post_view (post_id, title, content, author_id, created_at, updated_at, version, source_offset)
                SELECT 100 + i, 'T', repeat(md5(i::text), 3125), 8, now(), now(), 1, 0 FROM generate_series(1, 10) AS i
                """);
        try (Bystander bystander = new Bystander(application.process())) {
            // one answer is in the system's buffers, ten are not
            String request = "GET /api/posts/by-author/8 HTTP/1.1\r\nHost: localhost\r\n\r\n";
            for (int i = 0; i < 30; i++) {
                connect(request.repeat(10));
            }
            await().atMost(PATIENCE).until(() -> bystander.rounds() > 10 && cut() >= 2);

            for (Socket client : clients) {
                assertThat(bytesToTheEnd(client)).isLessThan(9_000_000);
            }
            bystander.assertUndisturbed(Duration.ofSeconds(1));
        }
    }

    @Test
    void tokensAreLookedUpUpToABound() {
        String token = IntStream.range(0, AWAITED / 2)
                .mapToObj(i -> "user:%d:9".formatted(900_000 + i))
                .collect(Collectors.joining(","));
        List<CompletableFuture<HttpResponse<String>>> reads = IntStream.range(0, 6)
                .mapToObj(i -> http.sendAsync(
                        HttpRequest.newBuilder(application.process().uri("/api/posts/users"))
                                .header(ConsistencyToken.HEADER, token)
                                .build(),
                        BodyHandlers.ofString()))
                .toList();

        Map<Integer, Long> answers = answers(reads);
        assertThat(answers).containsOnly(Map.entry(422, 2L), Map.entry(503, 4L));
    }

    @Test
    void pathsThatAreNoneHaveNoTimeSeriesOfTheirOwn() {
        for (int i = 0; i < 100; i++) {
            get("/unknown/path" + i);
            get("/api/users/unknown" + i);
            get("/api/views/unknown%d/changes".formatted(i));
            get("/api/admin/topics/unknown%d/records".formatted(i));
            send("PUT", "/api/users/nobody" + i, "x").join();
            send("PATCH", "/api/posts/%d".formatted(i), "x").join();
            firstLine(connect("GET /malformed%d%%zz HTTP/1.1\r\nHost: localhost\r\n\r\n".formatted(i)));
            firstLine(connect(
                    "POST /large%d HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n".formatted(i)));
        }

        List<String> paths = get("/q/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith("http_server_requests_seconds_count"))
                .map(line -> line.replaceAll(".*uri=\"([^\"]*)\".*", "$1"))
                .distinct()
                .toList();
        assertThat(paths).hasSizeLessThan(30);
    }

    @Test
    void readersOfRecordsThatDoNotReadMakeRoom() throws Exception {
        for (int i = 0; i < 60; i++) {
            send("PUT", "/api/posts/5000", POST.formatted(String.valueOf(i).repeat(100_000 / 2)))
                    .join();
        }
        String path = "/api/admin/topics/" + topic() + "/records";
        await().atMost(PATIENCE).until(() -> get(path).body().length() > 5_000_000);
        for (int i = 0; i < 2; i++) {
            assertThat(firstLine(connect("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n")))
                    .contains("200");
        }

        assertThat(get(path).statusCode()).isEqualTo(429);
        await().atMost(PATIENCE).until(() -> get(path).statusCode() == 200);
    }

    /** Those who have had time, and have not taken it. */
    private static long cut() {
        return application
                .process()
                .log()
                .lines()
                .filter(line -> line.contains("leaves the answer to /api/posts/by-author/8 unread"))
                .count();
    }

    private String topic() {
        List<String> topics = JsonPath.from(get("/api/admin/topics").body()).getList("$");
        return topics.stream()
                .filter(name -> name.endsWith("post-events"))
                .findFirst()
                .orElseThrow();
    }

    private HttpResponse<String> get(String path) {
        return send("GET", path, null).join();
    }

    private CompletableFuture<HttpResponse<String>> send(String method, String path, String body) {
        HttpRequest request = HttpRequest.newBuilder(application.process().uri(path))
                .header("Content-Type", "application/json")
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
        return http.sendAsync(request, BodyHandlers.ofString());
    }

    private Socket connect(String head) {
        Socket socket = application.connect(head);
        clients.add(socket);
        return socket;
    }

    /** How many have been answered; each of them with 503 and when to come again, or with success. */
    private static long done(List<CompletableFuture<HttpResponse<String>>> requests) {
        return requests.stream().filter(CompletableFuture::isDone).count();
    }

    private static Map<Integer, Long> answers(List<CompletableFuture<HttpResponse<String>>> requests) {
        return requests.stream()
                .map(CompletableFuture::join)
                .peek(answer -> assertThat(
                                answer.headers().firstValue("Retry-After").isPresent())
                        .isEqualTo(answer.statusCode() == 503))
                .collect(Collectors.groupingBy(HttpResponse::statusCode, Collectors.counting()));
    }

    private long closed() {
        return clients.stream().filter(LimitsIT::isClosed).count();
    }

    private static boolean isCutWhenItSendsOn(Socket client) {
        try {
            client.getOutputStream().write('G');
            return false;
        } catch (IOException cut) {
            return true;
        }
    }

    private static boolean isClosed(Socket client) {
        try {
            client.setSoTimeout(1);
            return client.getInputStream().read() < 0;
        } catch (SocketTimeoutException open) {
            return false;
        } catch (IOException reset) {
            return true;
        }
    }

    private static String firstLine(Socket client) {
        try {
            StringBuilder line = new StringBuilder();
            for (int next = client.getInputStream().read();
                    next > 0 && next != '\n';
                    next = client.getInputStream().read()) {
                line.append((char) next);
            }
            return line.toString();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What comes before the end, whichever kind it is. */
    private static long bytesToTheEnd(Socket client) {
        long all = 0;
        byte[] bytes = new byte[65_536];
        try {
            for (int n = client.getInputStream().read(bytes);
                    n > 0;
                    n = client.getInputStream().read(bytes)) {
                all += n;
            }
        } catch (SocketTimeoutException open) {
            throw new AssertionError("It is not cut", open);
        } catch (IOException reset) {
            // as good as an end
        }
        return all;
    }

    private static String user(String name) {
        return "{\"name\":\"%s\",\"email\":\"user@example.com\"}".formatted(name);
    }
}
