package io.streamviews.rest;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.streamviews.Certificate;
import io.streamviews.SmallProcess;
import io.streamviews.consistency.ConsistencyToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Both ports have TLS if the first has, with one certificate, and nothing of what is bounded is unbounded there. */
class TlsIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String USER = "{\"name\":\"n\",\"email\":\"e@example.com\"}";
    private static final String PAGE = "/api/posts/by-author/8";
    private static final int REQUESTS = 20;
    private static final int PLAIN = freePort();
    private static final int TLS = freePort();
    private static final int SECOND_PLAIN = freePort();
    private static final int SECOND_TLS = freePort();

    private static Certificate certificate;
    private static Certificate served;
    private static HttpClient http;
    private static TlsClient client;
    private static SmallProcess application;

    @BeforeAll
    static void start() throws IOException {
        certificate = Certificate.of("application", "dns:localhost");
        served = Certificate.of("served", "dns:localhost");
        served.replaceBy(certificate);
        http = HttpClient.newBuilder().sslContext(certificate.trusting()).build();
        client = new TlsClient(certificate);
        application = SmallProcess.start(
                "tls",
                http,
                Map.of(
                        "quarkus.http.insecure-requests",
                        "disabled",
                        "quarkus.http.port",
                        String.valueOf(PLAIN),
                        "quarkus.http.ssl-port",
                        String.valueOf(TLS),
                        "streamviews.http.second-port",
                        String.valueOf(SECOND_PLAIN),
                        "streamviews.http.second-ssl-port",
                        String.valueOf(SECOND_TLS),
                        "streamviews.limits.requests",
                        String.valueOf(REQUESTS),
                        "streamviews.limits.head-time",
                        "2s",
                        "streamviews.limits.patience",
                        "2s"),
                "-Dquarkus.tls.key-store.pem.0.cert=" + served.pem(),
                "-Dquarkus.tls.key-store.pem.0.key=" + served.key(),
                "-Dquarkus.tls.reload-period=1s");
        application.execute(
                """
                INSERT INTO views.post_view (post_id, title, content, author_id, created_at, updated_at, version, source_offset)
                SELECT 100 + i, 'T', repeat(md5(i::text), 3125), 8, now(), now(), 1, 0 FROM generate_series(1, 10) AS i
                """);
    }

    @AfterAll
    static void stop() {
        application.close();
    }

    @Test
    void whatIsWrittenAtOnePortIsReadAtTheOther() {
        HttpResponse<String> created = send(post(TLS));

        assertThat(created.statusCode()).isEqualTo(201);
        assertThat(created.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
        String location = created.headers().firstValue("Location").orElseThrow();
        assertThat(location).startsWith("https://localhost:" + TLS + "/api/users/");
        HttpResponse<String> read = send(HttpRequest.newBuilder(uri(SECOND_TLS, "/api/posts/users?limit=1"))
                .header(
                        ConsistencyToken.HEADER,
                        created.headers().firstValue(ConsistencyToken.HEADER).orElseThrow()));
        assertThat(read.statusCode()).isEqualTo(200);
        assertThat(read.headers().firstValue("Link").orElseThrow()).contains("limit=1");
        assertThat(send(HttpRequest.newBuilder(uri(SECOND_TLS, "/q/health/ready")))
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void withoutTlsNobodyIsHeard() {
        for (int port : new int[] {PLAIN, SECOND_PLAIN}) {
            assertThatThrownBy(() -> new Socket("localhost", port).close()).isInstanceOf(ConnectException.class);
        }
        for (int port : new int[] {TLS, SECOND_TLS}) {
            assertThatThrownBy(() -> http.send(
                            HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/q/health"))
                                    .build(),
                            BodyHandlers.ofString()))
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void onlyPagesThatCameWithTlsAreOurOwn() {
        for (int port : new int[] {TLS, SECOND_TLS}) {
            assertThat(send(post(port).header("Origin", "https://localhost:" + port))
                            .statusCode())
                    .isEqualTo(201);
            for (String other : List.of("http://localhost:" + port, "https://localhost", "https://example.com")) {
                assertThat(send(post(port).header("Origin", other)).statusCode())
                        .as(other)
                        .isEqualTo(403);
            }
        }
    }

    @Test
    void aHeadThatDoesNotComeIsWaitedForNoLonger() throws Exception {
        try (Socket silent = new Socket("localhost", TLS);
                Socket shaken = client.connect(SECOND_TLS);
                Socket half = client.connect(TLS)) {
            half.getOutputStream().write("GET / HTTP/1.1\r\nHost: local".getBytes(US_ASCII));

            for (Socket each : List.of(silent, shaken, half)) {
                each.setSoTimeout((int) PATIENCE.toMillis());
                assertThat(TlsClient.isEnded(each)).isTrue();
            }
        }
    }

    @Test
    void whoLeavesAnswersUnreadIsCut() throws Exception {
        String request = "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n".formatted(PAGE);
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            SSLSocket socket = client.connect(TLS);
            sockets.add(socket);
            socket.getOutputStream().write(request.repeat(10).getBytes(US_ASCII));
        }
        for (Socket each : sockets) {
            // one answer is in the system's buffers, ten are not
            assertThat(cutWhileUnread(each)).isTrue();
            each.close();
        }
    }

    @Test
    void aRenewedCertificateIsTakenAtBothPorts() throws Exception {
        served.replaceBy(Certificate.of("renewed", "dns:localhost"));
        try {
            awaitCertificate("CN=renewed");
        } finally {
            served.replaceBy(certificate);
            awaitCertificate("CN=application");
        }
    }

    private void awaitCertificate(String subject) {
        for (int port : new int[] {TLS, SECOND_TLS}) {
            await().atMost(PATIENCE)
                    .ignoreExceptions() // a key and a certificate of two pairs, until both have been replaced
                    .until(() -> client.subject(port).equals(subject));
        }
    }

    private boolean cutWhileUnread(Socket socket) {
        await().atMost(PATIENCE)
                .until(() -> application
                                .process()
                                .log()
                                .lines()
                                .filter(line -> line.contains(
                                        "leaves the answer to " + PAGE.replaceAll("\\?.*", "") + " unread"))
                                .count()
                        >= 6);
        return TlsClient.bytesToTheEnd(socket) < 9_000_000;
    }

    private static HttpRequest.Builder post(int port) {
        return HttpRequest.newBuilder(uri(port, "/api/users"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(USER));
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return http.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static URI uri(int port, String path) {
        return URI.create("https://localhost:" + port + path);
    }

    private static int freePort() {
        try (ServerSocket free = new ServerSocket(0)) {
            return free.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
