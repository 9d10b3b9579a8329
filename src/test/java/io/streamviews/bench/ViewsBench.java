package io.streamviews.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import java.io.BufferedWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;

/**
 * Measures what people read: each list by a few clients at once, and how many of PostgreSQL's blocks a request of it
 * touches; has PostgreSQL's plans written down; then how long a deep verification takes. See {@code scripts/bench.sh}.
 */
final class ViewsBench {

    private static final Map<String, String> DEFAULTS =
            Map.of("users", "500000", "posts", "1000000", "seconds", "5", "connections", "4", "jvm", BenchServers.JVM);
    private static final String POSITION = "SELECT coalesce(sum(next_offset), 0) FROM views.projection_position";
    private static final String BLOCKS =
            "SELECT coalesce(sum(shared_blks_hit + shared_blks_read), 0)::bigint FROM pg_stat_statements"
                    + " WHERE query NOT LIKE '%projection_%' AND query NOT LIKE '%pg_stat%'";

    /** Pages in the middle of each list: the first ones are the easy ones. */
    private static final List<String> LISTS = List.of(
            "/api/posts?after=%2$d",
            "/api/posts/by-department/Department%%207?after=%2$d",
            "/api/posts/by-author/%1$d",
            "/api/posts/users?after=%1$d",
            "/api/departments/stats",
            "/api/views/post-statistics",
            "/api/views/post-statistics?sort=-posts",
            "/api/views/post-statistics/totals",
            "/api/views/user-activity?after=%1$d",
            "/api/views/user-activity?sort=-posts",
            "/api/views/user-activity?sort=posts",
            "/api/views/user-activity?sort=-lastPost",
            "/api/views/user-activity?department=Department%%207&after=%1$d",
            "/api/views/user-activity?department=Department%%207&sort=-posts",
            "/api/views/user-activity/%1$d",
            "/api/views/department-performance",
            "/api/views/department-performance?sort=-posts");

    private final BenchOptions options;
    private final BenchServers servers;
    private final int users;
    private final int posts;
    private final HttpClient http = HttpClient.newHttpClient();
    private final ObjectMapper json = new ObjectMapper();
    private final Map<String, Object> result = new LinkedHashMap<>();

    private ViewsBench(BenchOptions options, BenchServers servers) {
        this.options = options;
        this.servers = servers;
        this.users = options.integer("users");
        this.posts = options.integer("posts");
    }

    public static void main(String... args) throws Exception {
        BenchOptions options = BenchOptions.parse(DEFAULTS, args);
        try (BenchServers servers = BenchServers.start()) {
            new ViewsBench(options, servers).run();
        }
    }

    private void run() throws Exception {
        Map<String, String> settings = new HashMap<>(servers.configuration());
        settings.put("quarkus.profile", "post");
        settings.put("streamviews.relay.enabled", "false");
        try (ApplicationProcess application = ApplicationProcess.start(
                        Path.of("target", "bench", "application.log"), options.words("jvm"), settings);
                KafkaProducer<String, String> producer = UsersAndPosts.producer(servers)) {
            application.awaitReady();
            UsersAndPosts.send(producer, users, posts);
            while (servers.number(POSITION) < users + posts) {
                LockSupport.parkNanos(50_000_000);
            }
            servers.sql("VACUUM ANALYZE");
            servers.sql("CHECKPOINT");
            servers.sql("CREATE EXTENSION pg_stat_statements");
            URI address = application.address();
            System.out.printf("%,d users, %,d posts%n%n", users, posts);
            System.out.printf("%-62s %8s %8s %8s %8s%n", "", "a second", "p50 ms", "p99 ms", "blocks");
            List<String> paths = LISTS.stream()
                    .map(list -> list.formatted(users / 2, posts / 2))
                    .toList();
            for (String path : paths) {
                measure(address, path);
            }
            writePlans(address, paths);
            verify(address);
        }
        json.writerWithDefaultPrettyPrinter()
                .writeValue(Path.of("target", "bench", "views.json").toFile(), result);
    }

    private void measure(URI address, String path) throws Exception {
        long before;
        long after;
        Load.Result run;
        HttpResponse<String> answer = send(address, path, "GET", "");
        if (answer.statusCode() != 200) {
            throw new IllegalStateException(path + ": " + answer.statusCode() + " " + answer.body());
        }
        try (Load load = new Load(address, options.integer("connections"))) {
            load.run(Duration.ZERO, Duration.ofSeconds(options.integer("seconds")), () -> new Get(path));
            before = servers.number(BLOCKS);
            run = load.run(Duration.ZERO, Duration.ofSeconds(options.integer("seconds")), () -> new Get(path));
            after = servers.number(BLOCKS);
        }
        long requests = Math.max(1, run.rate() * options.integer("seconds"));
        long blocks = (after - before) / requests;
        System.out.printf("%-62s %8d %8.1f %8.1f %8d%n", path, run.rate(), run.p50Ms(), run.p99Ms(), blocks);
        result.put(
                path,
                Map.of(
                        "perSecond",
                        run.rate(),
                        "p50Ms",
                        run.p50Ms(),
                        "p99Ms",
                        run.p99Ms(),
                        "blocks",
                        blocks,
                        "failed",
                        run.failed()));
    }

    private void writePlans(URI address, List<String> paths) throws Exception {
        Path file = Path.of("target", "bench", "plans.txt");
        try (QueryPlans plans = QueryPlans.begin(servers);
                BufferedWriter out = Files.newBufferedWriter(file)) {
            for (String path : paths) {
                out.write("== " + path + "\n\n" + plans.of(() -> send(address, path, "GET", "")) + "\n");
            }
        }
        System.out.printf("%nplans: %s%n", file);
    }

    private void verify(URI address) throws Exception {
        long start = System.nanoTime();
        String id = json.readTree(send(address, "/api/admin/verifications", "POST", "{\"depth\":\"deep\"}")
                        .body())
                .get("id")
                .asText();
        JsonNode verification;
        do {
            LockSupport.parkNanos(200_000_000);
            verification = json.readTree(
                    send(address, "/api/admin/verifications/" + id, "GET", "").body());
        } while (!verification.hasNonNull("finishedAt"));
        double seconds = Math.round((System.nanoTime() - start) / 1e7) / 100.0;
        System.out.printf(
                "%ndeep verification: %.1f s, %s%n",
                seconds, verification.path("ok").asBoolean() ? "no difference" : verification);
        result.put("deepVerificationSeconds", seconds);
        result.put("correct", verification.path("ok").asBoolean());
    }

    private HttpResponse<String> send(URI address, String path, String method, String body) throws Exception {
        return http.send(
                HttpRequest.newBuilder(URI.create(address + path))
                        .header("Content-Type", "application/json")
                        .method(method, HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private record Get(String path) implements Load.Command {

        @Override
        public HttpMethod method() {
            return HttpMethod.GET;
        }

        @Override
        public String body() {
            return null;
        }

        @Override
        public void answered(int status, Buffer body) {
            // Counted by the load.
        }
    }
}
