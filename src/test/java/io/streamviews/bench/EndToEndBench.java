package io.streamviews.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamviews.user.RawInserts;
import io.streamviews.user.UserRequest;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.flywaydb.core.Flyway;

/**
 * Measures from the first request to the last row in the views: a stream of users, then single requests from many
 * connections; against the raw limit of the same inserts, and against a bare endpoint. See {@code scripts/bench.sh}.
 */
final class EndToEndBench {

    private static final Map<String, String> DEFAULTS =
            Map.of("users", "500000", "warm-up", "120", "seconds", "30", "connections", "64", "jvm", BenchServers.JVM);
    private static final int RAW_BATCH = 1_000;
    private static final int DEPARTMENTS = 20;
    private final BenchOptions options;
    private final BenchServers servers;
    private final int users;
    private final Map<String, Object> result = new LinkedHashMap<>();
    private final StringBuilder charts = new StringBuilder();

    private EndToEndBench(BenchOptions options, BenchServers servers) {
        this.options = options;
        this.servers = servers;
        this.users = options.integer("users");
    }

    public static void main(String... args) throws Exception {
        BenchOptions options = BenchOptions.parse(DEFAULTS, args);
        try (BenchServers servers = BenchServers.start()) {
            EndToEndBench bench = new EndToEndBench(options, servers);
            bench.result.put("users", bench.users);
            bench.measureRawInserts();
            bench.measureApplication();
            bench.measureBareEndpoint();
            bench.report();
        }
    }

    private static UserRequest user(long number) {
        return new UserRequest(
                "User number " + number,
                "user" + number + "@example.com",
                "Department " + number % DEPARTMENTS,
                "ACTIVE");
    }

    private static String json(long number) {
        UserRequest user = user(number);
        return "{\"name\":\"%s\",\"email\":\"%s\",\"department\":\"%s\",\"status\":\"%s\"}"
                .formatted(user.name(), user.email(), user.department(), user.status());
    }

    private void measureRawInserts() throws SQLException {
        servers.sql("CREATE DATABASE raw");
        String raw = servers.jdbcUrl().replaceFirst("/[^/?]+(\\?|$)", "/raw$1");
        Flyway.configure()
                .dataSource(raw, BenchServers.USER, "")
                .locations("db/migration")
                .load()
                .migrate();
        result.put(
                "rawInsertSeconds", seconds(RawInserts.run(raw, BenchServers.USER, users, RAW_BATCH, id -> user(id))));
        servers.sql("DROP DATABASE raw");
        servers.sql("CHECKPOINT");
    }

    private void measureApplication() throws Exception {
        Map<String, String> settings = new LinkedHashMap<>(servers.configuration());
        try (ApplicationProcess application = ApplicationProcess.start(
                Path.of("target", "bench", "application.log"), options.words("jvm"), settings)) {
            URI address = application.address();
            application.awaitReady();
            // A JVM that has just started compiles while it works.
            measureBulk("coldBulk", address);
            servers.sql("CHECKPOINT");
            measureSingle(address);
            servers.sql("CHECKPOINT");
            measureBulk("bulk", address);
            result.put("correct", errors() == 0);
            result.put("peakRssMiB", application.peakRssMiB());
        }
    }

    private void measureBulk(String name, URI address) throws Exception {
        Path file = Path.of("target", "bench", "users.ndjson");
        try (BufferedWriter out = Files.newBufferedWriter(file)) {
            for (long i = 1; i <= users; i++) {
                out.write(json(i));
                out.write('\n');
            }
        }
        HttpRequest request = HttpRequest.newBuilder(address.resolve("/api/users/bulk"))
                .version(HttpClient.Version.HTTP_1_1)
                .header("Content-Type", "application/x-ndjson")
                .POST(HttpRequest.BodyPublishers.ofFile(file))
                .build();
        try (LagSampler lag = new LagSampler(servers.jdbcUrl())) {
            long start = System.nanoTime();
            String last = HttpClient.newHttpClient()
                    .send(request, HttpResponse.BodyHandlers.ofLines())
                    .body()
                    .reduce("", (former, line) -> line);
            result.put(name + "IngestSeconds", seconds((System.nanoTime() - start) / 1e9));
            if (!last.contains("\"type\":\"Summary\"") || !last.contains("\"accepted\":" + users)) {
                throw new IllegalStateException(last);
            }
            awaitViews();
            result.put(name + "Seconds", seconds((System.nanoTime() - start) / 1e9));
            result.put(name + "MaxLagSeconds", seconds(lag.maxSeconds()));
            chart(name, lag);
        }
    }

    private void measureSingle(URI address) throws Exception {
        try (LagSampler lag = new LagSampler(servers.jdbcUrl())) {
            Load.Result load = load(address, "/api/users");
            awaitViews();
            result.put("singlePostsPerSecond", load.rate());
            result.put("singleP50Ms", load.p50Ms());
            result.put("singleP99Ms", load.p99Ms());
            result.put("singleFailed", load.failed());
            result.put("singleMaxLagSeconds", seconds(lag.maxSeconds()));
            chart("single", lag);
        }
    }

    private void measureBareEndpoint() throws Exception {
        servers.sql(
                """
                CREATE TABLE bare_users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL,
                                         email text NOT NULL, department text, status text NOT NULL)""");
        servers.sql("CHECKPOINT");
        Process process = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-Xmx512m",
                        "-XX:+UseParallelGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        BareEndpoint.class.getName(),
                        servers.configuration().get("quarkus.datasource.reactive.url"))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader out = new BufferedReader(new InputStreamReader(process.getInputStream()))) {
            URI address = URI.create(out.readLine().replaceFirst(".*: ", ""));
            Load.Result load = load(address, "/");
            result.put("bareInsertsPerSecond", load.rate());
            result.put("bareP99Ms", load.p99Ms());
            result.put(
                    "singleToBare",
                    Math.round(100.0 * (Long) result.get("singlePostsPerSecond") / load.rate()) / 100.0);
        } finally {
            process.destroyForcibly().onExit().join();
        }
    }

    private Load.Result load(URI address, String path) throws InterruptedException {
        AtomicLong number = new AtomicLong();
        try (Load load = new Load(address, options.integer("connections"))) {
            return load.run(
                    Duration.ofSeconds(options.integer("warm-up")),
                    Duration.ofSeconds(options.integer("seconds")),
                    () -> new Post(path, json(number.incrementAndGet())));
        }
    }

    /** Nothing is being written any more, so the log has its length. */
    private void awaitViews() throws SQLException {
        long events = servers.number("SELECT count(*) FROM public.event_log");
        while (servers.number("SELECT coalesce(sum(next_offset), 0) FROM views.projection_position") < events) {
            LockSupport.parkNanos(20_000_000);
        }
    }

    private long errors() throws SQLException {
        try (Connection connection = servers.connect()) {
            return ViewCheck.errors(connection);
        }
    }

    private void chart(String name, LagSampler lag) {
        charts.append("%n%s:%n%s".formatted(name, lag.chart()));
    }

    private static double seconds(double seconds) {
        return Math.round(seconds * 100) / 100.0;
    }

    private void report() throws IOException {
        new ObjectMapper()
                .writerWithDefaultPrettyPrinter()
                .writeValue(Path.of("target", "bench", "end-to-end.json").toFile(), result);
        System.out.println(charts);
        result.forEach((name, value) -> System.out.printf("%-32s %s%n", name, value));
    }

    private record Post(String path, String body) implements Load.Command {

        @Override
        public HttpMethod method() {
            return HttpMethod.POST;
        }

        @Override
        public void answered(int status, Buffer body) {
            // Counted by the load; the views tell the rest.
        }
    }
}
