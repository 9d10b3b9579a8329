package io.streamviews.access;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.path.json.JsonPath;
import io.streamviews.EmbeddedServersResource;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Every operation there is, by everybody there is. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
@TestProfile(AccessTest.WithTokens.class)
class AccessTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final List<String> READER = List.of("reader");
    private static final Map<String, List<String>> CLIENTS = Map.of(
            "rita", READER, "willi", List.of("reader", "writer"), "otto", List.of("reader", "writer", "operator"));

    /** Written down here once more, and not taken from the code: what is new must be decided. */
    private static final Map<String, String> ROLES = new TreeMap<>(Map.of(
            "(GET|HEAD) /api/(posts|users|views|departments)(/.*)?", "reader",
            "(POST|PUT|DELETE) /api/(users|posts)(/\\{id[^/]*})?", "writer",
            "POST /api/users/bulk", "writer",
            ".* /api/admin/.*", "operator",
            ".* /second-port(/.*)?", "operator" /* of another test */));

    /** Routes of Vert.x that are no resources, and no filters. */
    private static final Set<String> RAW_ROUTES =
            Set.of("/api/users/bulk", "/api/admin/topics/:topic/records", "/api/views/:view/changes");

    /** Everybody has a token, and nobody may do anything without one. */
    public static final class WithTokens implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            Map<String, String> settings = new TreeMap<>();
            settings.put("streamviews.access.anonymous", "none");
            CLIENTS.forEach((name, roles) -> {
                settings.put("streamviews.access.tokens." + name + ".sha256", OwnTokens.digest(token(name)));
                settings.put("streamviews.access.tokens." + name + ".roles", String.join(",", roles));
            });
            return settings;
        }
    }

    @Inject
    Router router;

    @TestHTTPResource("/")
    URI base;

    private final HttpClient http = HttpClient.newHttpClient();

    @Test
    void everyOperationIsForThoseWhoHaveItsRole() throws Exception {
        JsonPath api = given().header("Authorization", "Bearer " + token("rita"))
                .get("/q/openapi?format=json")
                .jsonPath();
        Map<String, Map<String, Map<String, Object>>> paths = api.getMap("paths");
        List<String> wrong = new ArrayList<>();
        try {
            for (String path : paths.keySet()) {
                for (String key : paths.get(path).keySet()) {
                    String method = key.toUpperCase(Locale.ROOT);
                    String role = role(method + " " + path);
                    assertThat(paths.get(path).get(key).get("security"))
                            .as(method + " " + path)
                            .isEqualTo(List.of(Map.of("token", List.of(role))));
                    check(method, path, role, wrong);
                }
            }
        } finally {
            given().header("Authorization", "Bearer " + token("otto")).post("/api/admin/projection/resume");
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void thereIsNoRouteThatNobodyHasDecidedAbout() {
        Set<String> found = new TreeSet<>();
        for (Route route : router.getRoutes()) {
            String path = route.getPath();
            if (path != null && path.startsWith("/api")) {
                found.add(path);
            }
        }
        assertThat(found).isEqualTo(new TreeSet<>(RAW_ROUTES));
    }

    @Test
    void noWayToWriteAPathLeadsPastIt() throws IOException {
        String[] ways = {
            "/api/admin;x=1/projection/pause",
            "/api;x/admin/projection/pause",
            "/api/%61dmin/projection/pause",
            "/api//admin/projection/pause",
            "//api/admin/projection/pause",
            "/api/./admin/projection/pause",
            "/api/posts/../admin/projection/pause",
            "/api/posts/%2e%2e/admin/projection/pause",
            "/api/posts/..;/admin/projection/pause",
            "/q/health/../../api/admin/projection/pause",
            "/api%2Fadmin%2Fprojection%2Fpause",
            "http://x/api/admin/projection/pause"
        };
        for (String way : ways) {
            assertThat(raw("POST " + way + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token("willi")
                            + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))
                    .as(way)
                    .matches("(?s)HTTP/1.1 4\\d\\d .*");
            assertThat(raw("POST " + way
                            + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))
                    .as(way + " by nobody")
                    .matches("(?s)HTTP/1.1 4\\d\\d .*");
        }
        await().atMost(PATIENCE).until(() -> !given().header("Authorization", "Bearer " + token("otto"))
                .get("/api/admin/projection")
                .jsonPath()
                .getString("state")
                .startsWith("PAUS"));
    }

    @Test
    void healthIsForEverybodyAndTheRestOfTheFrameworkForReaders() throws Exception {
        assertThat(status(null, "GET", "/q/health/live")).isEqualTo(200);
        assertThat(status(null, "GET", "/q/health/group/x")).isEqualTo(401);
        assertThat(status(null, "GET", "/q/metrics")).isEqualTo(401);
        assertThat(status("rita", "GET", "/q/metrics")).isEqualTo(200);
        assertThat(status(null, "GET", "/nowhere")).isEqualTo(401);
        assertThat(status("otto", "GET", "/nowhere")).isEqualTo(404);
    }

    @Test
    void whatTheHealthChecksFoundIsForOperators() {
        JsonPath strangers = given().get("/q/health/ready").jsonPath();
        JsonPath operators = given().header("Authorization", "Bearer " + token("otto"))
                .get("/q/health/ready")
                .jsonPath();

        assertThat(strangers.getList("checks.name"))
                .containsExactlyInAnyOrderElementsOf(operators.getList("checks.name"));
        assertThat(strangers.getList("checks.data")).containsOnlyNulls();
        assertThat(operators.getString("checks.find { it.name == 'projection' }.data.lag"))
                .isNotNull();
    }

    @Test
    void aTokenThatNobodyKnowsIsNobody() {
        given().header("Authorization", "Bearer rubbish")
                .get("/api/posts")
                .then()
                .statusCode(401)
                .header("WWW-Authenticate", "Bearer")
                .contentType("application/problem+json");
    }

    private void check(String method, String path, String role, List<String> wrong) throws Exception {
        String sample = path.replaceAll("\\{[^}]*}", "1");
        if (status(null, method, sample) != 401) {
            wrong.add(method + " " + path + " by nobody");
        }
        for (Map.Entry<String, List<String>> client : CLIENTS.entrySet()) {
            boolean may = client.getValue().contains(role);
            int status = status(client.getKey(), method, sample);
            if (may ? status == 401 || status == 403 : status != 403) {
                wrong.add("%s %s by %s: %d".formatted(method, path, client.getValue(), status));
            }
        }
    }

    private static String role(String operation) {
        return ROLES.entrySet().stream()
                .filter(rule -> operation.matches(rule.getKey()))
                .map(Map.Entry::getValue)
                .reduce((one, other) -> other)
                .orElseThrow(() -> new AssertionError("Nobody has decided who may " + operation));
    }

    /** Of an answer of which nothing but the status is waited for. */
    private int status(String client, String method, String path) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .timeout(PATIENCE);
        if (client != null) {
            request.header("Authorization", "Bearer " + token(client));
        }
        HttpResponse<InputStream> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        answer.body().close();
        return answer.statusCode();
    }

    private String raw(String request) throws IOException {
        try (Socket socket = new Socket(base.getHost(), base.getPort())) {
            socket.setSoTimeout((int) PATIENCE.toMillis());
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    static String token(String client) {
        return "the token of " + client;
    }
}
