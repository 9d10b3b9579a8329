package io.streamviews;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SecondPortIT {

    @Test
    void aPortInUseKeepsTheApplicationFromStartingAndIsNamed() throws Exception {
        try (ServerSocket taken = new ServerSocket(0)) {
            String port = String.valueOf(taken.getLocalPort());

            assertThatThrownBy(() -> PackagedProcess.start("port-in-use", Map.of("streamviews.http.second-port", port)))
                    .hasMessageContaining("Port " + port + " seems to be in use");
        }
    }

    @Test
    void bothPortsSendOnToTheirOwnWithTls() throws Exception {
        Certificate certificate = Certificate.of("redirect", "dns:localhost");
        List<Integer> ports = IntStream.range(0, 4).mapToObj(i -> freePort()).toList();
        HttpClient http = HttpClient.newBuilder()
                .sslContext(certificate.trusting())
                .followRedirects(HttpClient.Redirect.ALWAYS)
                .build();
        try (PackagedProcess application = PackagedProcess.start(
                "redirect",
                http,
                Map.of(
                        "quarkus.http.insecure-requests", "redirect",
                        "quarkus.http.ssl.certificate.files", certificate.pem().toString(),
                        "quarkus.http.ssl.certificate.key-files",
                                certificate.key().toString(),
                        "quarkus.http.port", String.valueOf(ports.get(0)),
                        "quarkus.http.ssl-port", String.valueOf(ports.get(1)),
                        "streamviews.http.second-port", String.valueOf(ports.get(2)),
                        "streamviews.http.second-ssl-port", String.valueOf(ports.get(3))))) {
            application.awaitReady();
            for (int plain : new int[] {0, 2}) {
                HttpResponse<String> answer = http.send(
                        HttpRequest.newBuilder(URI.create(
                                        "http://localhost:%d/api/users/bulk?a=b".formatted(ports.get(plain))))
                                .header("Content-Type", "application/x-ndjson")
                                .POST(BodyPublishers.ofString(SmallProcess.USER))
                                .build(),
                        BodyHandlers.ofString());

                assertThat(answer.body()).contains("Summary");
                assertThat(answer.uri())
                        .isEqualTo(
                                URI.create("https://localhost:%d/api/users/bulk?a=b".formatted(ports.get(plain + 1))));
                assertThat(answer.previousResponse().orElseThrow().statusCode()).isEqualTo(308);
            }
        }
    }

    private static int freePort() {
        try (ServerSocket free = new ServerSocket(0)) {
            return free.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
