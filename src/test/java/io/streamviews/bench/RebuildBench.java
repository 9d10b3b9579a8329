package io.streamviews.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;

/**
 * Measures a rebuild while events go on coming and clients read and create users: whether a read fails or goes back, how long
 * a new user takes to be seen, how fast the events are read against how fast the live projection has read the same ones, and
 * whether the views are right in the end. See {@code scripts/bench.sh}.
 */
final class RebuildBench {

    private static final Map<String, String> DEFAULTS = Map.of(
            "users", "500000",
            "posts", "100000",
            "updates", "500",
            "reads", "100",
            "alone", "5",
            "warm-up", "120",
            "jvm", BenchServers.JVM);
    private static final String POSITION = "SELECT coalesce(sum(next_offset), 0) FROM views.projection_position";
    private static final Duration SETTLE = Duration.ofSeconds(5);

    /** About as long as a rebuild beside others takes: what is rare is as rare before it. */
    private static final Duration AS_LONG = Duration.ofSeconds(13);

    private final BenchServers servers;
    private final BenchOptions options;
    private final int users;
    private final int posts;
    private final HttpClient http = HttpClient.newHttpClient();
    private final ObjectMapper json = new ObjectMapper();
    private final Map<String, Object> result = new LinkedHashMap<>();

    private RebuildBench(BenchOptions options, BenchServers servers) {
        this.options = options;
        this.servers = servers;
        this.users = options.integer("users");
        this.posts = options.integer("posts");
    }

    public static void main(String... args) throws Exception {
        BenchOptions options = BenchOptions.parse(DEFAULTS, args);
        try (BenchServers servers = BenchServers.start()) {
            RebuildBench bench = new RebuildBench(options, servers);
            bench.run();
            bench.report();
        }
    }

    private void run() throws Exception {
        Map<String, String> settings = new HashMap<>(servers.configuration());
        try (ApplicationProcess application = ApplicationProcess.start(
                        Path.of("target", "bench", "application.log"), options.words("jvm"), settings);
                KafkaProducer<String, String> producer = UsersAndPosts.producer(servers)) {
            application.awaitReady();
            URI address = application.address();
            // So that it is Kafka that is read, and not the producer that is waited for.
            post(address, "/api/admin/projection/pause");
            LockSupport.parkNanos(SETTLE.toNanos());
            UsersAndPosts.send(producer, users, posts);
            post(address, "/api/admin/projection/resume");
            measureLive(application);
            // The producer's users are not known to the write model.
            servers.sql("SELECT setval('public.users_id_seq', %d)".formatted(users));
            try (Connection connection = servers.connect()) {
                result.put(
                        "rawCopyRowsPerSecond", RawCopy.rowsPerSecond(connection, List.of("user_view", "post_view")));
            }
            servers.sql("CHECKPOINT");
            // As the live projection was measured: with nothing beside it.
            List<Double> alone = new ArrayList<>();
            for (int i = 1; i <= options.integer("alone"); i++) {
                measureRebuild("rebuildAlone", application, address);
                alone.add((Double) result.get("rebuildAloneSeconds"));
                servers.sql("CHECKPOINT");
            }
            result.put("rebuildAloneSecondsEach", List.copyOf(alone));
            alone.sort(null);
            double median = alone.get(alone.size() / 2);
            result.put("rebuildAloneSeconds", median);
            result.put("rebuildAloneEventsPerSecondOverall", Math.round((users + posts) / median));
            try (Updates updates = new Updates(producer, users, options.integer("updates"));
                    VersionReader reader = new VersionReader(address, users, options.integer("reads"));
                    NewUsers created = new NewUsers(address, servers)) {
                // Meanwhile the JIT compilers of three processes would have most of both cores.
                LockSupport.parkNanos(options.integer("warm-up") * 1_000_000_000L);
                reader.forgetTimes();
                created.forgetTimes();
                LockSupport.parkNanos(AS_LONG.toNanos());
                result.put("readP50MsBefore", reader.p50Ms());
                result.put("readP99MsBefore", reader.p99Ms());
                result.put("postToRowLongestMsBefore", created.longestToRowMs());
                reader.forgetTimes();
                created.forgetTimes();
                long id = measureRebuild("rebuild", application, address);
                result.put("rebuildAloneOverLive", ratio("rebuildAloneEventsPerSecondOverall", "liveEventsPerSecond"));
                result.put("rebuildBesideOverAlone", ratio("rebuildSeconds", "rebuildAloneSeconds"));
                LockSupport.parkNanos(SETTLE.toNanos());
                created.close();
                updates.close();
                long events = users + posts + updates.sent() + created.created();
                awaitPosition(events);
                reader.close();
                result.put("updatesMeanwhile", updates.sent());
                result.put("usersCreatedMeanwhile", created.created());
                result.put("postToRowMedianMs", created.medianToRowMs());
                result.put("postToRowLongestMs", created.longestToRowMs());
                result.put("postToKafkaLongestMs", created.longestToKafkaMs());
                result.put("reads", reader.reads());
                result.put("failedReads", reader.failed());
                result.put("readsOfAnOlderVersion", reader.older());
                result.put("readP50Ms", reader.p50Ms());
                result.put("readP99Ms", reader.p99Ms());
                result.put("readMaxMs", reader.maxMs());
                result.put("correct", isFold(updates, created));
                measureRollBack(address, id, events);
                result.put("correctAfterRollBack", isFold(updates, created));
            }
        }
    }

    private void measureLive(ApplicationProcess application) throws Exception {
        long total = users + posts;
        while (servers.number(POSITION) == 0) {
            pause(5);
        }
        Usage start = Usage.now(application, servers, 0);
        awaitPosition(total / 2);
        Usage half = Usage.now(application, servers, servers.number(POSITION));
        awaitPosition(total);
        Usage end = Usage.now(application, servers, total);
        result.put("liveEventsPerSecond", end.eventsPerSecondSince(start));
        result.put("liveSecondHalfEventsPerSecond", end.eventsPerSecondSince(half));
        result.put("livePostgresCpuMicrosPerEvent", end.postgresMicrosPerEventSince(start));
        result.put("liveApplicationCpuMicrosPerEvent", end.applicationMicrosPerEventSince(start));
    }

    private long measureRebuild(String name, ApplicationProcess application, URI address) throws Exception {
        long id = post(address, "/api/admin/rebuilds").get("id").asLong();
        Usage start = Usage.now(application, servers, 0);
        Map<String, Long> states = new LinkedHashMap<>();
        long begin = System.nanoTime();
        JsonNode rebuild;
        do {
            pause(20);
            rebuild = json.readTree(
                    send(address, "/api/admin/rebuilds/" + id, "GET").body());
            states.putIfAbsent(rebuild.get("state").asText(), (System.nanoTime() - begin) / 1_000_000);
        } while (!rebuild.has("finishedAt"));
        if (!rebuild.get("state").asText().equals("DONE")) {
            throw new IllegalStateException(rebuild.toString());
        }
        long done = rebuild.get("eventsDone").asLong();
        Usage end = Usage.now(application, servers, done);
        Duration duration = Duration.between(
                Instant.parse(rebuild.get("startedAt").asText()),
                Instant.parse(rebuild.get("finishedAt").asText()));
        result.put(name + "Seconds", duration.toMillis() / 1e3);
        result.put(name + "Events", done);
        result.put(name + "FillEventsPerSecond", rebuild.get("eventsPerSecond").asLong());
        result.put(name + "EventsPerSecondOverall", done * 1_000 / duration.toMillis());
        result.put(name + "PostgresCpuMicrosPerEvent", end.postgresMicrosPerEventSince(start));
        result.put(name + "ApplicationCpuMicrosPerEvent", end.applicationMicrosPerEventSince(start));
        result.put(name + "StatesReachedAfterMs", states);
        return id;
    }

    private void measureRollBack(URI address, long id, long events) throws Exception {
        long start = System.nanoTime();
        post(address, "/api/admin/rebuilds/" + id + "/rollback");
        result.put("rollBackMs", (System.nanoTime() - start) / 1_000_000);
        awaitPosition(events);
        result.put("rolledBackAndLevelMs", (System.nanoTime() - start) / 1_000_000);
    }

    private boolean isFold(Updates updates, NewUsers created) throws Exception {
        try (Connection connection = servers.connect();
                Statement statement = connection.createStatement()) {
            if (ViewCheck.derivedErrors(connection, ViewCheck.LIVE) != 0) {
                return false;
            }
            int found = 0;
            try (ResultSet rows = statement.executeQuery("SELECT user_id, version FROM views.user_view")) {
                while (rows.next()) {
                    found++;
                    long user = rows.getLong(1);
                    if (rows.getLong(2) != (user > users ? 1 : updates.version((int) user))) {
                        return false;
                    }
                }
            }
            return found == users + created.created()
                    && servers.number("SELECT count(*) FROM views.post_view") == posts;
        }
    }

    private double ratio(String of, String to) {
        return Math.round(100 * ((Number) result.get(of)).doubleValue() / ((Number) result.get(to)).doubleValue())
                / 100.0;
    }

    private void awaitPosition(long events) throws Exception {
        while (servers.number(POSITION) < events) {
            pause(20);
        }
    }

    private JsonNode post(URI address, String path) throws IOException, InterruptedException {
        HttpResponse<String> answer = send(address, path, "POST");
        if (answer.statusCode() >= 300) {
            throw new IllegalStateException(path + ": " + answer.statusCode() + " " + answer.body());
        }
        return json.readTree(answer.body());
    }

    private HttpResponse<String> send(URI address, String path, String method)
            throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(address.resolve(path))
                        .method(method, BodyPublishers.noBody())
                        .build(),
                BodyHandlers.ofString());
    }

    private void report() throws IOException {
        json.writerWithDefaultPrettyPrinter()
                .writeValue(Path.of("target", "bench", "rebuild.json").toFile(), result);
        System.out.printf(
                "%n%,d users, %,d posts, %d updates a second meanwhile%n", users, posts, options.integer("updates"));
        result.forEach((name, value) -> System.out.printf("%-36s %s%n", name, value));
    }

    private static void pause(int millis) {
        LockSupport.parkNanos(millis * 1_000_000L);
    }
}
