package io.streamviews.user.bulk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.streamviews.Bystander;
import io.streamviews.SmallProcess;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Streams that are made to cost much leave a process of 512 MB alive, and others hardly wait for them. */
@Tag("alone")
@EnabledOnOs(OS.LINUX)
class BulkLoadIT {

    private static final int CLIENTS = 8;
    private static final int STREAMS_OF_ONE = 18;
    private static final int PIECE = 1 << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(3);
    private static final String USER = "{\"name\":\"Kim\",\"email\":\"kim@example.com\"}";
    private static final Duration MANY_ROUNDS = Duration.ofSeconds(30);
    private static final Duration MOST = Duration.ofSeconds(1);

    private static SmallProcess application;

    private final List<Socket> clients = new ArrayList<>();
    private Bystander bystander;

    @BeforeAll
    static void start() {
        // streams that are inflated go on for a while after their clients have gone
        application = SmallProcess.start(
                "bulk_load",
                Map.of(
                        "streamviews.limits.patience",
                        "3s",
                        "streamviews.limits.body-time",
                        "5s",
                        "streamviews.limits.streams-of-one",
                        String.valueOf(STREAMS_OF_ONE)));
    }

    @AfterAll
    static void stop() {
        application.close();
    }

    @BeforeEach
    void look() {
        bystander = new Bystander(application.process());
    }

    @AfterEach
    void hangUp() throws IOException {
        for (Socket client : clients) {
            client.close();
        }
        bystander.close();
    }

    @Test
    void aKilobyteThatBecomesHalfAMillionAnswersWaitsForItsClient() {
        send(gzip("1\n", 1));

        assertAllAreCut();
        bystander.assertUndisturbed(MOST);
    }

    @Test
    void aKilobyteThatBecomesAMillionEmptyLinesIsRead() {
        send(gzip("\n", 1));

        for (Socket client : clients) {
            assertThat(answer(client)).contains("\"Summary\",\"lines\":" + PIECE);
        }
        bystander.assertUndisturbed(MOST);
    }

    @Test
    void aMegabyteThatBecomesAGigabyteOfEmptyLinesDisturbsNobody() throws Exception {
        send(gzip("\n", 1_024));

        // None of the eight can have been read to its end by then.
        await().atMost(MANY_ROUNDS).until(() -> bystander.rounds() >= 100);
        bystander.assertUndisturbed(MOST);
    }

    @Test
    void aLineWithoutAnEndDisturbsNobody() {
        send(gzip("x", 64));

        for (Socket client : clients) {
            assertThat(answer(client)).contains("\"Rejected\",\"line\":1", "\"Summary\",\"lines\":1");
        }
        bystander.assertUndisturbed(MOST);
    }

    @Test
    void whoSendsOnWithoutReadingIsCut() {
        byte[] lines = "1\n".repeat(PIECE / 2).getBytes(StandardCharsets.US_ASCII);
        List<CompletableFuture<Void>> sending = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            Socket client = open("Transfer-Encoding: chunked\r\n");
            sending.add(CompletableFuture.runAsync(
                    () -> assertThatThrownBy(() -> sendForEver(client, lines)).isInstanceOf(IOException.class)));
        }

        sending.forEach(each -> each.orTimeout(20, TimeUnit.SECONDS).join());
        bystander.assertUndisturbed(MOST);
    }

    @Test
    void streamsThatBringNothingAreEndedAndAreNotMany() {
        for (int i = 0; i < 1_000; i++) {
            Socket client = open("Transfer-Encoding: chunked\r\n");
            sendChunk(client, i % 2 == 0 ? "" : USER + "\n");
        }

        Map<String, Long> answers = clients.stream()
                .map(BulkLoadIT::answer)
                .collect(Collectors.groupingBy(
                        answer -> answer.replaceAll("(?s).*\"status\":(\\d+).*", "$1"), Collectors.counting()));
        assertThat(answers).containsOnlyKeys("408", "429");
        assertThat(answers.get("408")).isLessThanOrEqualTo(STREAMS_OF_ONE);
        bystander.assertUndisturbed(MOST);
    }

    @Test
    void manyStreamsOfLargeUsersAtOnceDisturbNobody() {
        String large = "{\"name\":\"%1$s\",\"email\":\"user@example.com\",\"department\":\"%1$s\"}\n"
                .formatted("홍".repeat(255));
        byte[] users = large.repeat(5_000).getBytes(StandardCharsets.UTF_8);
        List<CompletableFuture<Void>> sending = new ArrayList<>();
        ExecutorService senders = Executors.newCachedThreadPool();
        for (int i = 0; i < 150; i++) {
            Socket client = application.connectFrom(
                    "127.0.0." + (2 + i / 10), head("Content-Length: %d\r\n".formatted(users.length)));
            clients.add(client);
            sending.add(CompletableFuture.runAsync(() -> sendQuietly(client, users), senders));
        }

        List<String> answers = clients.stream().map(BulkLoadIT::answer).toList();
        senders.shutdownNow();
        assertThat(answers)
                .allMatch(answer -> answer.contains("\"status\":429") || answer.contains("\"Summary\",\"lines\":5000"));
        assertThat(answers.stream().filter(answer -> answer.contains("Summary")))
                .hasSizeGreaterThan(5);
        // twenty streams write as fast as two cores let them
        bystander.assertUndisturbed(MOST.multipliedBy(2));
    }

    private static void sendQuietly(Socket client, byte[] body) {
        try {
            client.getOutputStream().write(body);
        } catch (IOException cut) {
            // what becomes of the client is seen when it reads
        }
    }

    private static void sendChunk(Socket client, String text) {
        sendQuietly(
                client, "%x\r\n%s\r\n".formatted(text.length() + 1, " " + text).getBytes(StandardCharsets.US_ASCII));
    }

    private static void sendForEver(Socket client, byte[] lines) throws IOException {
        OutputStream out = client.getOutputStream();
        while (true) {
            out.write((Integer.toHexString(lines.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
            out.write(lines);
            out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
        }
    }

    private void send(byte[] body) {
        for (int i = 0; i < CLIENTS; i++) {
            Socket client = open("Content-Encoding: gzip\r\nContent-Length: %d\r\n".formatted(body.length));
            CompletableFuture.runAsync(() -> sendQuietly(client, body));
        }
    }

    private Socket open(String headers) {
        Socket client = application.connect(head(headers));
        clients.add(client);
        return client;
    }

    private static String head(String headers) {
        return "POST /api/users/bulk HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                + "Content-Type: application/x-ndjson\r\n" + headers + "\r\n";
    }

    /** After its patience the process has forgotten what it had for them. */
    private void assertAllAreCut() {
        await().atMost(PATIENCE.multipliedBy(3))
                .until(() -> application
                                .process()
                                .log()
                                .lines()
                                .filter(line -> line.contains("leaves the answer to /api/users/bulk unread"))
                                .count()
                        == CLIENTS);
        for (Socket client : clients) {
            assertThat(answer(client)).doesNotContain("Summary");
        }
    }

    /** All that comes before the end, whichever kind it is. */
    private static String answer(Socket client) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] bytes = new byte[65_536];
        try {
            for (int n = client.getInputStream().read(bytes);
                    n > 0;
                    n = client.getInputStream().read(bytes)) {
                all.write(bytes, 0, n);
            }
        } catch (SocketTimeoutException stillOpen) {
            throw new AssertionError("neither answered nor cut", stillOpen);
        } catch (IOException reset) {
            // as good as an end
        }
        return all.toString(StandardCharsets.UTF_8);
    }

    /** So many megabytes of the text. */
    private static byte[] gzip(String text, int megabytes) {
        byte[] piece = text.repeat(PIECE / text.length()).getBytes(StandardCharsets.US_ASCII);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(bytes)) {
            for (int i = 0; i < megabytes; i++) {
                gzip.write(piece);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
