package io.streamviews.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.restassured.path.json.JsonPath;
import io.streamviews.Bystander;
import io.streamviews.SmallProcess;
import io.streamviews.Sockets;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** What clients may take is bounded: who wants more is told so, and the others go on. */
@Tag("alone")
@EnabledOnOs(OS.LINUX)
class LimitsIT {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int REQUESTS = 400;
    private static final int CONNECTIONS = 600;
    private static final int WAITING_FOR_ONE = 10;
    private static final int AWAITED = 100;

    private static SmallProcess application;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Sockets clients = new Sockets(application);

    @BeforeAll
    static void start() {
        application = SmallProcess.start(
                "limits",
                Map.of(
                        "streamviews.limits.requests",
                        String.valueOf(REQUESTS),
                        "streamviews.limits.head-time",
                        "2s",
                        "streamviews.limits.body-time",
                        "5s",
                        "streamviews.command.max-waiting",
                        "5",
                        "streamviews.command.max-waiting-for-one",
                        String.valueOf(WAITING_FOR_ONE),
                        "streamviews.consistency.max-awaited",
                        String.valueOf(AWAITED),
                        "streamviews.limits.connections",
                        String.valueOf(CONNECTIONS)));
    }

    @AfterAll
    static void stop() {
        application.close();
    }

    @AfterEach
    void hangUp() {
        clients.close();
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
    void bodiesThatAreNotWholeTakeABoundedRoom() {
        String head = "POST /api/posts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
        String most = "Content-Length: 2000000\r\n\r\n" + "x".repeat(1_990_000);
        String tiny = "Transfer-Encoding: chunked\r\n\r\n" + "1\r\nx\r\n".repeat(600_000);
        try (Bystander bystander = new Bystander(application.process())) {
            for (int i = 0; i < 250; i++) {
                Sockets.sendUnlessCut(clients.connect(head), i % 50 == 0 ? tiny : most);
            }
            bystander.assertUndisturbed(Duration.ofSeconds(5)); // its turn among half a gigabyte at once
        }
        assertThat(clients.all()).anyMatch(client -> Sockets.isTold(client, "503"));
    }

    @Test
    void connectionsBeyondTheBoundAreClosed() {
        for (int i = 0; i < CONNECTIONS + 100; i++) {
            clients.connect("");
        }

        // asked again, it would count those, too, that are cut since they send nothing
        assertThat(await().atMost(PATIENCE).until(clients::closed, closed -> closed >= 100))
                .isLessThan(150);
        clients.close();
        await().atMost(PATIENCE)
                .ignoreExceptions()
                .until(() -> get("/api/users/1").statusCode() == 200);
    }

    @Test
    void whoSendsAHeadByteByByteIsCut() {
        try (Bystander bystander = new Bystander(application.process())) {
            for (int i = 0; i < 200; i++) {
                String before = "GET /api/users/1 HTTP/1.1\r\nHost: localhost\r\n%s\r\n"
                        .formatted(i % 4 == 1 ? "Upgrade: other\r\n" : "");
                clients.connect(i % 2 == 0 ? "" : before);
            }
            await().atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> clients.all().stream()
                                    .filter(Sockets::isCutWhenItSendsOn)
                                    .count()
                            == 200);
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
                                .header("Consistency-Token", token)
                                .build(),
                        BodyHandlers.ofString()))
                .toList();

        Map<Integer, Long> answers = answers(reads);
        assertThat(answers).containsOnly(Map.entry(422, 2L), Map.entry(503, 4L));
    }

    @Test
    void requestsSentAheadOfAnAnswerThatDoesNotEndAreNotKept() {
        String ahead = "GET /api/users/1 HTTP/1.1\r\nHost: localhost\r\nX: %s\r\n\r\n".formatted("x".repeat(100));
        byte[] many = ahead.repeat(4_000).getBytes(StandardCharsets.US_ASCII);
        try (Bystander bystander = new Bystander(application.process())) {
            for (int i = 0; i < 10; i++) {
                Socket client = clients.connect("GET /api/views/user_view/changes HTTP/1.1\r\nHost: localhost\r\n\r\n");
                assertThat(Sockets.firstLine(client)).contains("200");
            }
            for (int i = 0; i < 10; i++) {
                for (Socket client : clients.all()) {
                    client.getOutputStream().write(many);
                }
            }
            bystander.assertUndisturbed(Duration.ofSeconds(1));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void requestsSentAheadAreAnsweredUpToABound() {
        String request = "GET /q/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";
        assertThat(answers(clients.connect(
                        request.repeat(3) + request.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"))))
                .isEqualTo(4);
        assertThat(answers(clients.connect(request.repeat(100)))).isEqualTo(4);
    }

    @Test
    void methodsThatAreNoneHaveNoTimeSeriesOfTheirOwn() {
        for (int i = 0; i < 50; i++) {
            assertThat(send("X" + i, "/api/users", null).join().statusCode()).isEqualTo(405);
        }

        assertThat(get("/q/metrics").body()).contains("method=\"OTHER\"").doesNotContain("method=\"X1\"");
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
            Sockets.firstLine(clients.connect("GET /malformed%d%%zz HTTP/1.1\r\nHost: localhost\r\n\r\n".formatted(i)));
            Sockets.firstLine(clients.connect(
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

    private static int answers(Socket client) {
        try {
            String all = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return all.split("HTTP/1.1 200").length - 1;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String user(String name) {
        return "{\"name\":\"%s\",\"email\":\"user@example.com\"}".formatted(name);
    }
}
