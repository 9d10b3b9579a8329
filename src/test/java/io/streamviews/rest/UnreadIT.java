package io.streamviews.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.restassured.path.json.JsonPath;
import io.streamviews.Bystander;
import io.streamviews.PackagedProcess;
import io.streamviews.SmallProcess;
import io.streamviews.Sockets;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Who does not read what he was sent is cut, and keeps out nobody who does, however slowly. */
@Tag("alone")
@EnabledOnOs(OS.LINUX)
class UnreadIT {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration MOST = Duration.ofSeconds(1);
    private static final String PAGE = "/api/posts/by-author/8";
    private static final int PAGE_BYTES = 1_000_000;

    private static SmallProcess application;

    private final Sockets clients = new Sockets(application);

    @BeforeAll
    static void start() {
        application = SmallProcess.start(
                "unread", Map.of("streamviews.limits.unread-bytes", "16M", "streamviews.limits.patience", "2s"));
        application.execute(
                """
                INSERT INTO views.post_view (post_id, title, content, author_id, created_at, updated_at, version, source_offset)
                SELECT 100 + i, 'T', repeat(md5(i::text), 3125), 8, now(), now(), 1, 0 FROM generate_series(1, 10) AS i
                """);
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
    void hangUp() {
        clients.close();
    }

    @Test
    void whoReadsSlowlyGetsAll() {
        Socket slow = clients.connect(get(PAGE, "Connection: close\r\n"));

        // 5 s at least, with a patience of 2 s
        assertThat(Sockets.bytesToTheEnd(slow, 4_000, 20)).isGreaterThan(PAGE_BYTES);
    }

    @Test
    void whoDoesNotReadIsCutAndKeepsOutNobodyWhoDoes() {
        try (Bystander bystander = new Bystander(application.process())) {
            for (int i = 0; i < 100; i++) {
                clients.connect(get(PAGE, ""));
            }
            List<Socket> silent = List.copyOf(clients.all());
            // so many answers are more than may be unread: now it is known who does not read
            await().atMost(PATIENCE).until(() -> cut(PAGE) >= 80);
            Socket reading = clients.connect(get(PAGE, "Connection: close\r\n"));
            assertThat(Sockets.bytesToTheEnd(reading, 16_000, 10)).isGreaterThan(PAGE_BYTES);

            await().atMost(PATIENCE).until(() -> cut(PAGE) >= 100);
            for (Socket client : silent) {
                assertThat(Sockets.bytesToTheEnd(client, 65_536, 0)).isLessThan(PAGE_BYTES);
            }
            bystander.assertUndisturbed(MOST);
        }
    }

    @Test
    void whatIsThereForOperatorsIsNoExemption() {
        try (Bystander bystander = new Bystander(application.process())) {
            for (int i = 0; i < 200; i++) {
                clients.connect(get("/q/openapi", "").repeat(4));
            }

            await().atMost(PATIENCE).until(() -> cut("/q/openapi") >= 200);
            bystander.assertUndisturbed(MOST);
        }
    }

    @Test
    void readersOfRecordsThatDoNotReadMakeRoom() {
        PackagedProcess process = application.process();
        String post = "{\"title\":\"T\",\"content\":\"%s\",\"authorId\":7}";
        for (int i = 0; i < 60; i++) {
            process.send(
                    "PUT", "/api/posts/5000", post.formatted(String.valueOf(i).repeat(100_000 / 2)));
        }
        List<String> topics =
                JsonPath.from(process.get("/api/admin/topics").body()).getList("$");
        String path = topics.stream()
                .filter(name -> name.endsWith("post-events"))
                .map("/api/admin/topics/%s/records"::formatted)
                .findFirst()
                .orElseThrow();
        await().atMost(PATIENCE).until(() -> process.get(path).body().length() > 5_000_000);
        for (int i = 0; i < 2; i++) {
            assertThat(Sockets.firstLine(clients.connect(get(path, "")))).contains("200");
        }

        assertThat(process.get(path).statusCode()).isEqualTo(429);
        await().atMost(PATIENCE).until(() -> process.get(path).statusCode() == 200);
    }

    private static String get(String path, String header) {
        return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + header + "\r\n";
    }

    private static long cut(String path) {
        return application
                .process()
                .log()
                .lines()
                .filter(line -> line.contains("leaves the answer to " + path + " unread"))
                .count();
    }
}
