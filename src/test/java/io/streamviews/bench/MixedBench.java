package io.streamviews.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Users, and posts if asked for, created, changed and deleted by many clients at a time while the broker goes away and comes back: whatever was
 * accepted must be in the log once, and in the views at the end. See {@code scripts/bench.sh}.
 */
final class MixedBench {

    private static final Map<String, String> DEFAULTS =
            Map.of("seconds", "120", "outage", "20", "connections", "64", "posts", "0", "jvm", BenchServers.JVM);
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int DEPARTMENTS = 20;
    private static final int CREATED = 201;
    private static final int OK = 200;
    private static final int NO_CONTENT = 204;

    private final BenchOptions options;
    private final BenchServers servers;
    private final SplittableRandom random = new SplittableRandom();
    private final Kind users = new Kind("USER", "/api/users", this::user);
    private final Kind posts = new Kind("POST", "/api/posts", this::post);
    private final Map<String, Long> accepted = new LinkedHashMap<>();
    private final Map<String, Object> result = new LinkedHashMap<>();
    private long numbers;

    private MixedBench(BenchOptions options, BenchServers servers) {
        this.options = options;
        this.servers = servers;
    }

    public static void main(String... args) throws Exception {
        BenchOptions options = BenchOptions.parse(DEFAULTS, args);
        try (BenchServers servers = BenchServers.start()) {
            new MixedBench(options, servers).measure();
        }
    }

    private void measure() throws Exception {
        Map<String, String> settings = new LinkedHashMap<>(servers.configuration());
        try (ApplicationProcess application = ApplicationProcess.start(
                        Path.of("target", "bench", "application.log"), options.words("jvm"), settings);
                Load load = new Load(application.address(), options.integer("connections"))) {
            application.awaitReady();
            Duration time = Duration.ofSeconds(options.integer("seconds"));
            CompletableFuture<Void> outage = CompletableFuture.runAsync(() -> outage(time.dividedBy(3)));
            Load.Result run = load.run(Duration.ZERO, time, this::next);
            outage.join();
            long end = System.nanoTime();
            result.put("commandsPerSecond", run.rate());
            result.put("p99Ms", run.p99Ms());
            result.put("failed", run.failed());
            accepted.forEach((type, count) -> result.put(type, count));
            result.put("correct", awaitCorrect());
            result.put("inStepAfterSeconds", Math.round((System.nanoTime() - end) / 1e7) / 100.0);
            result.put("notInTheLogOnce", notInTheLogOnce());
        }
        new ObjectMapper()
                .writerWithDefaultPrettyPrinter()
                .writeValue(Path.of("target", "bench", "mixed.json").toFile(), result);
        result.forEach((name, value) -> System.out.printf("%-32s %s%n", name, value));
    }

    private void outage(Duration after) {
        if (options.integer("outage") == 0) {
            return;
        }
        try {
            LockSupport.parkNanos(after.toNanos());
            servers.stopBroker();
            LockSupport.parkNanos(Duration.ofSeconds(options.integer("outage")).toNanos());
            servers.startBroker();
        } catch (IOException e) {
            throw new CompletionException(e);
        }
    }

    private boolean awaitCorrect() throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (errors() != 0) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            LockSupport.parkNanos(200_000_000);
        }
        return servers.number("SELECT count(*) FROM views.user_view") == users.ids.size()
                && servers.number("SELECT count(*) FROM views.post_view") == posts.ids.size();
    }

    private long errors() throws Exception {
        try (Connection connection = servers.connect()) {
            return ViewCheck.errors(connection);
        }
    }

    /** Commands that were accepted and have no event, and events without a command, by type. */
    private long notInTheLogOnce() throws Exception {
        long wrong = 0;
        for (Map.Entry<String, Long> type : accepted.entrySet()) {
            wrong += Math.abs(type.getValue()
                    - servers.number(
                            "SELECT count(*) FROM public.event_log WHERE event_type = '" + type.getKey() + "'"));
        }
        return wrong;
    }

    private synchronized Load.Command next() {
        boolean post = random.nextDouble() < options.number("posts") && !users.ids.isEmpty();
        return (post ? posts : users).next();
    }

    private String user() {
        return """
                {"name":"User number %1$d","email":"user%1$d@example.com","department":"Department %2$d"}"""
                .formatted(++numbers, numbers % DEPARTMENTS);
    }

    private String post() {
        return """
                {"title":"Post number %1$d","content":"What number %1$d says","authorId":%2$d}"""
                .formatted(++numbers, users.any());
    }

    /** Of its commands 70 % create, 20 % change, 10 % delete; an entity has one command at a time. */
    private final class Kind {

        private final String name;
        private final String path;
        private final Supplier<String> body;
        private final List<Long> ids = new ArrayList<>();

        private Kind(String name, String path, Supplier<String> body) {
            this.name = name;
            this.path = path;
            this.body = body;
        }

        private Load.Command next() {
            int dice = random.nextInt(100);
            if (dice < 70 || ids.isEmpty()) {
                return request(HttpMethod.POST, path, body.get(), this::created);
            }
            long id = take();
            String one = path + "/" + id;
            return dice < 90
                    ? request(HttpMethod.PUT, one, body.get(), (status, answer) -> changed(id, status))
                    : request(HttpMethod.DELETE, one, null, (status, answer) -> deleted(id, status));
        }

        private long any() {
            return ids.get(random.nextInt(ids.size()));
        }

        private long take() {
            int index = random.nextInt(ids.size());
            long id = ids.get(index);
            ids.set(index, ids.get(ids.size() - 1));
            ids.remove(ids.size() - 1);
            return id;
        }

        private void created(int status, Buffer answer) {
            if (status == CREATED) {
                accepted.merge(name + "_CREATED", 1L, Long::sum);
                ids.add(new JsonObject(answer).getLong("id"));
            }
        }

        private void changed(long id, int status) {
            ids.add(id);
            if (status == OK) {
                accepted.merge(name + "_UPDATED", 1L, Long::sum);
            }
        }

        private void deleted(long id, int status) {
            if (status == NO_CONTENT) {
                accepted.merge(name + "_DELETED", 1L, Long::sum);
            } else {
                ids.add(id);
            }
        }
    }

    private Request request(HttpMethod method, String path, String body, Answer answer) {
        return new Request(method, path, body, (status, answered) -> {
            synchronized (this) {
                answer.come(status, answered);
            }
        });
    }

    private interface Answer {
        void come(int status, Buffer body);
    }

    private record Request(HttpMethod method, String path, String body, Answer answer) implements Load.Command {

        @Override
        public void answered(int status, Buffer body) {
            answer.come(status, body);
        }
    }
}
