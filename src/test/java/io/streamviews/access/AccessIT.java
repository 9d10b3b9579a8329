package io.streamviews.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.restassured.path.json.JsonPath;
import io.streamviews.PackagedProcess;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Who may do what where an operator has said nothing about it, or little. */
class AccessIT {

    private static final String USER = "{\"name\":\"Kim\",\"email\":\"kim@example.com\",\"department\":\"access\"}";
    private static final String EVERYTHING = "EVERYBODY MAY DO EVERYTHING HERE";
    private static final String READ_AND_WRITE = "Without saying who they are, clients may: [READER, WRITER]";
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @Test
    void whereNothingIsSaidEverybodyReadsAndWritesAndNobodyOperatesOnEitherPort() throws Exception {
        int second = freePort();
        try (PackagedProcess process = PackagedProcess.startWithAccessOfProduction(
                "access-default", Map.of("streamviews.http.second-port", Integer.toString(second)))) {
            for (int port : new int[] {process.uri("/").getPort(), second}) {
                mayReadAndWriteAlone(port);
            }
            assertThat(process.log()).contains(READ_AND_WRITE).doesNotContain(EVERYTHING);
        }
    }

    @Test
    void theSameHoldsForTheUserServiceAlone() throws Exception {
        try (PackagedProcess process =
                PackagedProcess.startWithAccessOfProduction("access-user", Map.of("quarkus.profile", "user"))) {
            mayReadAndWriteAlone(process.uri("/").getPort());
            assertThat(process.log()).contains(READ_AND_WRITE).doesNotContain(EVERYTHING);
        }
    }

    @Test
    void onceATokenIsKnownWhoSaysNothingMayDoNothingAndAViewCanBeForSome() throws Exception {
        try (PackagedProcess process = PackagedProcess.startWithAccessOfProduction(
                "access-token",
                Map.of(
                        "streamviews.http.second-port",
                        "",
                        "streamviews.access.tokens.otto.sha256",
                        OwnTokens.digest(AccessTest.token("otto")),
                        "streamviews.access.tokens.otto.roles",
                        "reader,operator",
                        // as environment variables are, whose names have neither dots nor small letters
                        "streamviews.access.views.user_view",
                        "hr"))) {
            int port = process.uri("/").getPort();
            assertThat(status(port, "GET", "/api/departments/stats", null)).isEqualTo(401);
            assertThat(status(port, "POST", "/api/users", null)).isEqualTo(401);
            assertThat(status(port, "GET", "/api/admin/projection", null)).isEqualTo(401);
            assertThat(status(port, "GET", "/q/health/live", null)).isEqualTo(200);

            assertThat(status(port, "GET", "/api/departments/stats", "otto")).isEqualTo(200);
            assertThat(status(port, "GET", "/api/admin/projection", "otto")).isEqualTo(200);
            assertThat(status(port, "POST", "/api/users", "otto")).isEqualTo(403);
            assertThat(status(port, "GET", "/api/posts/users", "otto")).isEqualTo(403);
            assertThat(process.log()).doesNotContain(EVERYTHING, "Without saying who they are");
        }
    }

    @Test
    void whatWouldProtectNothingEndsTheStart() {
        PackagedProcess.Ended typo =
                PackagedProcess.failsToStart("access-typo", Map.of("streamviews.access.views.user_veiw", "hr"));
        assertThat(typo.exitCode()).isNotZero();
        assertThat(typo.output())
                .contains("streamviews.access.views.user_veiw is set, and there is no such view")
                .as("what is said where everybody may do everything")
                .contains(EVERYTHING);

        PackagedProcess.Ended empty =
                PackagedProcess.failsToStart("access-empty", Map.of("streamviews.access.views.user_view", " , "));
        assertThat(empty.exitCode()).isNotZero();
        assertThat(empty.output()).contains("streamviews.access.views.user_view names no role");
    }

    private static void mayReadAndWriteAlone(int port) throws Exception {
        Map<String, Map<String, Object>> paths = JsonPath.from(
                        send(port, "GET", "/q/openapi?format=json", null, "").body())
                .getMap("paths");
        Set<String> operations = new TreeSet<>();
        for (Map.Entry<String, Map<String, Object>> path : paths.entrySet()) {
            if (path.getKey().startsWith("/api/admin")) {
                for (String key : path.getValue().keySet()) {
                    String method = key.toUpperCase(Locale.ROOT);
                    String sample = path.getKey().replaceAll("\\{[^}]*}", "1");
                    assertThat(status(port, method, sample, null))
                            .as(method + " " + sample)
                            .isEqualTo(401);
                    operations.add(method + " " + sample);
                }
            }
        }
        assertThat(operations).hasSizeGreaterThan(5);
        assertThat(send(port, "POST", "/api/users", null, USER).statusCode()).isEqualTo(201);
        assertThat(status(port, "GET", "/api/users?limit=1", null)).isEqualTo(200);
        assertThat(status(port, "GET", "/q/metrics", null)).isEqualTo(200);
        assertThat(status(port, "POST", "/q/health", null)).isEqualTo(401);
    }

    private static int status(int port, String method, String path, String client) throws Exception {
        return send(port, method, path, client, "").statusCode();
    }

    private static HttpResponse<String> send(int port, String method, String path, String client, String body)
            throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
                .timeout(PATIENCE)
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        if (client != null) {
            request.header("Authorization", "Bearer " + AccessTest.token(client));
        }
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0)) {
            return free.getLocalPort();
        }
    }
}
