package io.streamviews.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;

/**
 * Users created, changed and deleted by many clients at a time while the broker goes away and comes back: whatever was
 * accepted must be in the log once, and in the views at the end. See {@code scripts/bench.sh}.
 */
final class MixedBench {

    private static final Map<String, String> DEFAULTS =
            Map.of("seconds", "120", "outage", "20", "connections", "64", "jvm", BenchServers.JVM);
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int DEPARTMENTS = 20;
    private static final int CREATED = 201;
    private static final int OK = 200;
    private static final int NO_CONTENT = 204;

    private final BenchOptions options;
    private final BenchServers servers;
    private final SplittableRandom random = new SplittableRandom();
    private final List<Long> users = new ArrayList<>();
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
        settings.put("quarkus.http.port", "0");
        settings.put("streamviews.http.second-port", "");
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
        while (servers.number(ViewCheck.USER_ERRORS) + servers.number(ViewCheck.DERIVED_ERRORS) != 0) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            LockSupport.parkNanos(200_000_000);
        }
        return servers.number("SELECT count(*) FROM views.user_view") == users.size();
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

    /** 70 % are created, 20 % changed, 10 % deleted; a user has one command at a time. */
    private synchronized Load.Command next() {
        int dice = random.nextInt(100);
        String user =
                """
                {"name":"User number %1$d","email":"user%1$d@example.com","department":"Department %2$d"}"""
                        .formatted(++numbers, numbers % DEPARTMENTS);
        if (dice < 70 || users.isEmpty()) {
            return new Request(HttpMethod.POST, "/api/users", user, this::created);
        }
        long id = take();
        return dice < 90
                ? new Request(HttpMethod.PUT, "/api/users/" + id, user, (status, body) -> changed(id, status))
                : new Request(HttpMethod.DELETE, "/api/users/" + id, null, (status, body) -> deleted(id, status));
    }

    private long take() {
        int index = random.nextInt(users.size());
        long id = users.get(index);
        users.set(index, users.get(users.size() - 1));
        users.remove(users.size() - 1);
        return id;
    }

    private synchronized void created(int status, Buffer body) {
        if (status == CREATED) {
            accepted.merge("USER_CREATED", 1L, Long::sum);
            users.add(new JsonObject(body).getLong("id"));
        }
    }

    private synchronized void changed(long id, int status) {
        users.add(id);
        if (status == OK) {
            accepted.merge("USER_UPDATED", 1L, Long::sum);
        }
    }

    private synchronized void deleted(long id, int status) {
        if (status == NO_CONTENT) {
            accepted.merge("USER_DELETED", 1L, Long::sum);
        } else {
            users.add(id);
        }
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
