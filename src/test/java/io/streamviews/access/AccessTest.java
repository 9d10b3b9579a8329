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
import io.restassured.response.Response;
import io.streamviews.EmbeddedServersResource;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

/** Every operation there is, by everybody there is, on both ports; {@code target/access-matrix.txt} says what came of it. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
@TestProfile(AccessTest.WithTokens.class)
class AccessTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Path MATRIX = Path.of("target", "access-matrix.txt");
    /** Who may say for whom it asks. */
    static final String PROXY = "127.0.0.2";

    private static final String NOBODY = "nobody";
    private static final Map<String, List<String>> CLIENTS = new TreeMap<>(Map.of(
            NOBODY,
            List.of(),
            "rita",
            List.of("reader"),
            "willi",
            List.of("reader", "writer"),
            "otto",
            List.of("reader", "writer", "operator")));

    /** Written down here once more, and not taken from the code: what is new must be decided. */
    private static final Map<String, String> ROLES = new TreeMap<>(Map.of(
            "(GET|HEAD) /api/(posts|users|views|departments|console)(/.*)?", "reader",
            "(POST|PUT|DELETE) /api/(users|posts)(/\\{id[^/]*})?", "writer",
            "POST /api/users/bulk", "writer",
            ".* /api/admin/.*", "operator",
            "GET /problems(/.*)?", "anyone",
            ".* /second-port(/.*)?", "operator" /* of another test */));

    /** Routes of Vert.x that are no resources, and no filters. */
    private static final Set<String> RAW_ROUTES = Set.of(
            "/api/users/bulk",
            "/api/admin/topics/:topic/records",
            "/api/views/:view/changes",
            "/api/console/snapshots");

    /** Everybody has a token, and nobody may do anything without one. */
    public static final class WithTokens implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            Map<String, String> settings = new TreeMap<>();
            settings.put("streamviews.access.anonymous", "none");
            settings.put("quarkus.http.proxy.proxy-address-forwarding", "true");
            settings.put("quarkus.http.proxy.trusted-proxies", PROXY);
            settings.put("streamviews.http.second-port", Integer.toString(freePort()));
            CLIENTS.forEach((name, roles) -> {
                if (name.equals(NOBODY)) {
                    return;
                }
                settings.put("streamviews.access.tokens." + name + ".sha256", OwnTokens.digest(token(name)));
                settings.put("streamviews.access.tokens." + name + ".roles", String.join(",", roles));
            });
            return settings;
        }

        private static int freePort() {
            try (ServerSocket free = new ServerSocket(0)) {
                return free.getLocalPort();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Inject
    Router router;

    @TestHTTPResource("/")
    URI base;

    @ConfigProperty(name = "streamviews.http.second-port")
    int secondPort;

    private final HttpClient http = HttpClient.newHttpClient();

    @Test
    void everyOperationIsForThoseWhoHaveItsRole() throws Exception {
        JsonPath api = given().header("Authorization", "Bearer " + token("rita"))
                .get("/q/openapi?format=json")
                .jsonPath();
        Map<String, Map<String, Map<String, Object>>> paths = api.getMap("paths");
        List<String> matrix = new ArrayList<>();
        List<String> wrong = new ArrayList<>();
        try {
            for (String path : new TreeSet<>(paths.keySet())) {
                for (String key : paths.get(path).keySet()) {
                    String method = key.toUpperCase(Locale.ROOT);
                    String role = role(method + " " + path);
                    assertThat(paths.get(path).get(key).get("security"))
                            .as(method + " " + path)
                            .isEqualTo(role.equals("anyone") ? List.of() : List.of(Map.of("token", List.of(role))));
                    matrix.add("%-8s %s".formatted(role, check(method, path, role, wrong)));
                }
            }
        } finally {
            given().header("Authorization", "Bearer " + token("otto")).post("/api/admin/projection/resume");
        }
        Files.write(MATRIX, matrix);
        assertThat(matrix).hasSizeGreaterThan(30);
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
            "/api%5Cadmin%5Cprojection%5Cpause",
            "/api/admin%3Bx/projection/pause",
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
        assertThat(status(NOBODY, "GET", "/q/health/live")).isEqualTo(200);
        assertThat(status(NOBODY, "HEAD", "/q/health/live")).isEqualTo(200);
        assertThat(status(NOBODY, "GET", "/q/health/group/x")).isEqualTo(401);
        assertThat(status(NOBODY, "GET", "/q/metrics")).isEqualTo(401);
        assertThat(status("rita", "GET", "/q/metrics")).isEqualTo(200);
        assertThat(status(NOBODY, "GET", "/nowhere")).isEqualTo(401);
        assertThat(status("otto", "GET", "/nowhere")).isEqualTo(404);
    }

    @Test
    void whatThereIsIsToldToEverybodyAndItsLinksLeadReadersThereOnBothPorts() throws Exception {
        assertThat(status(NOBODY, "HEAD", "/")).isEqualTo(200);
        assertThat(status(NOBODY, "POST", "/")).isEqualTo(401);
        for (int port : new int[] {base.getPort(), secondPort}) {
            Response page = given().port(port).get("/");
            assertThat(page.statusCode()).isEqualTo(200);
            assertThat(page.contentType()).startsWith("text/html");
            assertThat(page.header("Content-Security-Policy"))
                    .startsWith("default-src 'none'; script-src 'self' 'sha256-")
                    .doesNotContain("unsafe", "http:", "https:", "*");
            List<String> links = page.htmlPath().getList("**.findAll { it.name() == 'a' }.@href");
            assertThat(links).contains("/api/views", "/q/openapi?format=json", "/q/health", "/problems");
            for (String link : links) {
                String client = link.startsWith("/q/swagger-ui") ? "otto" : "rita";
                assertThat(status(client, "GET", URI.create("http://localhost:" + port + link)))
                        .as(link)
                        .isIn(200, 302, 503 /* health */);
            }
        }
    }

    private String check(String method, String path, String role, List<String> wrong) throws Exception {
        String sample = path.replaceAll("\\{[^}]*}", "1");
        StringBuilder line = new StringBuilder("%-6s %-60s".formatted(method, path));
        for (int port : new int[] {base.getPort(), secondPort}) {
            for (Map.Entry<String, List<String>> client : CLIENTS.entrySet()) {
                boolean may = role.equals("anyone") || client.getValue().contains(role);
                int refused = client.getKey().equals(NOBODY) ? 401 : 403;
                int status = status(client.getKey(), method, URI.create("http://localhost:" + port + sample));
                if (may ? status == 401 || status == 403 : status != refused) {
                    wrong.add("%s %s by %s: %d".formatted(method, path, client.getValue(), status));
                }
                line.append("  %s %d".formatted(client.getKey(), status));
            }
        }
        return line.toString();
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
        return status(client, method, base.resolve(path));
    }

    private int status(String client, String method, URI uri) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .method(method, HttpRequest.BodyPublishers.noBody())
                .timeout(PATIENCE);
        if (!client.equals(NOBODY)) {
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
