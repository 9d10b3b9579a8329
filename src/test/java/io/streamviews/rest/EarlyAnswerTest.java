package io.streamviews.rest;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.streamviews.EmbeddedServersResource;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An answer given before the request's body was read reaches a client that is still writing. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class EarlyAnswerTest {

    /** More than the buffers between the two hold, so that nobody can write it whom nobody reads. */
    private static final int LENGTH = 64_000_000;

    @TestHTTPResource
    URI application;

    private Socket client;

    @BeforeEach
    void connect() throws IOException {
        client = new Socket(application.getHost(), application.getPort());
        client.setSoTimeout(30_000);
    }

    @AfterEach
    void disconnect() throws IOException {
        client.close();
    }

    @ParameterizedTest
    @CsvSource({"/api/users, application/json, 413", "/api/users/bulk, text/plain, 415"})
    void theWholeBodyMayBeWrittenAfterTheAnswer(String path, String type, int status) throws IOException {
        announce(path, type);
        assertThat(firstLine()).startsWith("HTTP/1.1 " + status);

        byte[] part = new byte[1_000_000];
        for (int written = 0; written < LENGTH; written += part.length) {
            client.getOutputStream().write(part);
        }

        assertThat(rest()).contains("\"status\":" + status);
    }

    @Test
    void whoNeverWritesTheBodyIsHungUpOn() throws IOException {
        announce("/api/users", "application/json");

        assertThat(firstLine()).startsWith("HTTP/1.1 413");
        assertThat(rest()).contains("\"status\":413");
    }

    @Test
    void aBodyWithoutALengthIsCutOffAtTheLimitAndThereIsNoHttp2() throws Exception {
        HttpClient asksForHttp2 = HttpClient.newHttpClient();
        // the first request is the one that asks for HTTP/2
        asksForHttp2.send(request("/api/users").GET().build(), BodyHandlers.discarding());

        HttpResponse<String> answer = asksForHttp2.send(
                request("/api/users")
                        .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(new byte[3_000_000])))
                        .build(),
                BodyHandlers.ofString());

        assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
        assertThat(answer.statusCode()).isEqualTo(413);
        assertThat(answer.body()).contains("\"status\":413", "The body has more than 2097152 bytes");
    }

    @Test
    void whatComesAfterAnAnswerTakesNoRoomFromOthers() throws Exception {
        byte[] body = new byte[2_000_000];
        // together more than streamviews.limits.body-bytes
        for (int i = 0; i < 50; i++) {
            disconnect();
            connect();
            client.getOutputStream()
                    .write(
                            "POST /api/users HTTP/1.1\r\nHost: localhost\r\nOrigin: https://other.example\r\nContent-Length: %d\r\n\r\n"
                                    .formatted(body.length)
                                    .getBytes(US_ASCII));
            assertThat(firstLine()).startsWith("HTTP/1.1 403");
            client.getOutputStream().write(body);
            rest();
        }

        HttpRequest user = request("/api/users")
                .POST(BodyPublishers.ofString("{\"name\":\"Kim\",\"email\":\"kim@example.com\"}"))
                .build();
        assertThat(HttpClient.newHttpClient()
                        .send(user, BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(201);
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(application.resolve(path)).header("Content-Type", "application/json");
    }

    private void announce(String path, String type) throws IOException {
        String head = "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
                .formatted(path, type, LENGTH);
        client.getOutputStream().write(head.getBytes(US_ASCII));
    }

    private String firstLine() throws IOException {
        InputStream in = client.getInputStream();
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            assertThat(next).as("the answer ends early").isNotNegative();
            line.append((char) next);
        }
        return line.toString();
    }

    /** All that follows, up to the server's closing the connection; fails if it is reset. */
    private String rest() throws IOException {
        return new String(client.getInputStream().readAllBytes(), US_ASCII);
    }
}
