package io.streamviews.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamviews.kafka.PrefixedTopics;
import io.streamviews.user.UserEvent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * What an AOT cache brings, in turns without and with it: from the process to ready, its memory at rest, and the first
 * seconds of catching up with a full topic. See {@code scripts/bench.sh}.
 */
final class StartBench {

    private static final Map<String, String> DEFAULTS =
            Map.of("rounds", "3", "events", "1000000", "seconds", "10", "jvm", BenchServers.JVM);
    private static final String CACHE_FILE = "target/quarkus-app/app.aot";
    private static final List<String> CACHE = List.of("-XX:AOTCache=" + CACHE_FILE, "-XX:AOTMode=on");
    private static final long MANY = 500_000;
    private static final String FULL = "full-";
    private static final String EMPTY = "empty-";

    private final BenchOptions options;
    private final BenchServers servers;
    private final Map<String, List<Long>> samples = new LinkedHashMap<>();

    private StartBench(BenchOptions options, BenchServers servers) {
        this.options = options;
        this.servers = servers;
    }

    public static void main(String... args) throws Exception {
        BenchOptions options = BenchOptions.parse(DEFAULTS, args);
        try (BenchServers servers = BenchServers.start()) {
            StartBench bench = new StartBench(options, servers);
            bench.makeCache();
            bench.fillTopic();
            for (int round = 0; round < options.integer("rounds"); round++) {
                bench.measure("without", round, List.of());
                bench.measure("with", round, CACHE);
            }
            bench.report();
        }
    }

    /** As docker/Dockerfile.jvm does: a cache holds for the options and the path that it was made with. */
    private void makeCache() throws Exception {
        List<String> command = new ArrayList<>(
                List.of(ProcessHandle.current().info().command().orElse("java"), "-XX:AOTCacheOutput=" + CACHE_FILE));
        command.addAll(options.words("jvm"));
        command.addAll(List.of("-Dquarkus.appcds.generate=true", "-jar", "target/quarkus-app/quarkus-run.jar"));
        Path log = Path.of("target", "bench", "start-cache.log");
        Files.createDirectories(log.getParent());
        int exit = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start()
                .waitFor();
        if (exit != 0) {
            throw new IllegalStateException("No AOT cache could be made: see " + log);
        }
    }

    private void fillTopic() {
        PrefixedTopics topics = new PrefixedTopics(FULL, 6);
        Map<String, Object> kafka = Map.of("bootstrap.servers", servers.bootstrapServers());
        try (Admin admin = Admin.create(kafka)) {
            topics.creation(admin).run();
        }
        Map<String, Object> producer =
                Map.of("bootstrap.servers", servers.bootstrapServers(), "linger.ms", 5, "batch.size", 131_072);
        try (KafkaProducer<String, String> sender =
                new KafkaProducer<>(producer, new StringSerializer(), new StringSerializer())) {
            new UserEvents(options.integer("events"), 0)
                    .forEach(event -> sender.send(new ProducerRecord<>(
                            topics.userEvents(), Long.toString(event.userId()), UserEvent.CODEC.encode(event))));
        }
    }

    private void measure(String cache, int round, List<String> jvm) throws Exception {
        String database = "start_%s_%d".formatted(cache, round);
        servers.sql("CREATE DATABASE " + database);
        // The first start makes the tables, which no later one has to.
        start(cache, database, EMPTY, jvm).close();
        long began = System.nanoTime();
        try (ApplicationProcess application = start(cache, database, EMPTY, jvm)) {
            add("readyMillis", cache, (System.nanoTime() - began) / 1_000_000);
            LockSupport.parkNanos(5_000_000_000L);
            add("restingRssMiB", cache, application.rssMiB());
            add("cpuMillisUntilThen", cache, Math.round(application.cpuSeconds() * 1_000));
        }
        try (ApplicationProcess application = launch(cache, database, FULL, jvm)) {
            add("firstEventsPerSecond", cache, catchUp(application, database) / options.integer("seconds"));
            awaitPosition(application, database, MANY);
            add("rssMiBAfter500000Events", cache, application.rssMiB());
        }
        servers.sql("DROP DATABASE %s WITH (FORCE)".formatted(database));
    }

    private long catchUp(ApplicationProcess application, String database) throws SQLException {
        awaitPosition(application, database, 1);
        LockSupport.parkNanos(options.integer("seconds") * 1_000_000_000L);
        long position = position(database);
        if (position >= options.integer("events")) {
            throw new IllegalStateException("All events are in the views already: more are needed (--events)");
        }
        return position;
    }

    private void awaitPosition(ApplicationProcess application, String database, long least) throws SQLException {
        while (position(database) < least) {
            if (!application.isAlive()) {
                throw new IllegalStateException("The application has ended: see target/bench");
            }
            LockSupport.parkNanos(20_000_000);
        }
    }

    private long position(String database) throws SQLException {
        return servers.number(
                database,
                "SELECT coalesce(sum(next_offset), 0) FROM views.projection_position WHERE topic LIKE 'full-%'");
    }

    private ApplicationProcess start(String cache, String database, String prefix, List<String> jvm) throws Exception {
        ApplicationProcess application = launch(cache, database, prefix, jvm);
        application.awaitReady();
        return application;
    }

    private ApplicationProcess launch(String cache, String database, String prefix, List<String> jvm) throws Exception {
        Map<String, String> settings = new HashMap<>(servers.configuration());
        settings.replaceAll((name, value) -> value.replace("materialized_view_db", database));
        settings.put("quarkus.profile", "post");
        settings.put("streamviews.topics.user-events", prefix + "user-events");
        settings.put("streamviews.topics.post-events", prefix + "post-events");
        settings.put("quarkus.kafka-streams.application-id", database + prefix);
        List<String> all = new ArrayList<>(options.words("jvm"));
        all.addAll(jvm);
        return ApplicationProcess.start(Path.of("target", "bench", "start-%s.log".formatted(cache)), all, settings);
    }

    private void add(String what, String cache, long value) {
        samples.computeIfAbsent(what + "." + cache, name -> new ArrayList<>()).add(value);
    }

    private void report() throws Exception {
        Map<String, Long> medians = new LinkedHashMap<>();
        samples.forEach((name, values) ->
                medians.put(name, values.stream().sorted().toList().get(values.size() / 2)));
        new ObjectMapper()
                .writerWithDefaultPrettyPrinter()
                .writeValue(Path.of("target", "bench", "start.json").toFile(), medians);
        medians.forEach((name, value) -> System.out.printf("%-36s %,d%n", name, value));
    }
}
