package io.streamviews.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamviews.cdc.ConnectProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Measures from the event log to Kafka: our relay, and Debezium in its place, each with the same events: catching up with a
 * log that is full, then a steady rate. See {@code scripts/bench.sh}.
 */
final class RelayBench {

    private static final Map<String, String> DEFAULTS =
            Map.of("events", "500000", "rate", "1000", "warm-up", "20", "latency", "20", "jvm", BenchServers.JVM);
    private static final Path HOME = Path.of("target", "bench", "connect");
    private static final String TOPIC = "user-events";
    private static final int PARTITIONS = 6;

    private final BenchOptions options;
    private final BenchServers servers;
    private final EventWriter writer;
    private final KafkaConsumer<String, byte[]> consumer;
    private final List<TopicPartition> partitions;
    private final Map<String, Object> result = new LinkedHashMap<>();
    private long written;

    private RelayBench(BenchOptions options, BenchServers servers) {
        this.options = options;
        this.servers = servers;
        this.writer = new EventWriter(servers);
        this.partitions = IntStream.range(0, PARTITIONS)
                .mapToObj(partition -> new TopicPartition(TOPIC, partition))
                .toList();
        this.consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", servers.bootstrapServers(), "auto.offset.reset", "earliest"),
                new StringDeserializer(),
                new ByteArrayDeserializer());
    }

    public static void main(String... args) throws Exception {
        BenchOptions options = BenchOptions.parse(DEFAULTS, args);
        try (BenchServers servers = BenchServers.start("wal_level=logical")) {
            RelayBench bench = new RelayBench(options, servers);
            bench.measureRelay();
            bench.measureDebezium();
            bench.report();
            bench.consumer.close();
        }
    }

    private void measureRelay() throws Exception {
        try (ApplicationProcess migrating = startRelay()) {
            migrating.awaitReady();
        }
        fill();
        try (ApplicationProcess relay = startRelay()) {
            measure("relay", relay::cpuSeconds);
        }
    }

    /** The user service: commands, and the relay; no projection. */
    private ApplicationProcess startRelay() throws IOException {
        Map<String, String> settings = new HashMap<>(servers.configuration());
        settings.put("quarkus.profile", "user");
        return ApplicationProcess.start(Path.of("target", "bench", "relay.log"), options.words("jvm"), settings);
    }

    private void measureDebezium() throws Exception {
        try (Connection superuser =
                DriverManager.getConnection(servers.jdbcUrl() + "?preferQueryMode=simple", BenchServers.USER, "")) {
            ConnectProcess.grant(superuser);
        }
        Files.deleteIfExists(HOME.resolve("offsets"));
        try (ConnectProcess first = startConnect()) {
            // Its slot is there, and it knows its place: what is written now is read from the write-ahead log.
            while (Files.notExists(HOME.resolve("offsets"))
                    || servers.number("SELECT count(*) FROM public.relay_cursor WHERE holder = 'debezium'") == 0) {
                LockSupport.parkNanos(50_000_000);
            }
        }
        fill();
        try (ConnectProcess debezium = startConnect()) {
            measure("debezium", () -> ApplicationProcess.cpuSeconds(debezium.pid()));
        }
    }

    private ConnectProcess startConnect() throws IOException {
        int port = Integer.parseInt(servers.jdbcUrl().replaceFirst(".*:(\\d+)/.*", "$1"));
        return ConnectProcess.start(
                HOME,
                servers.bootstrapServers(),
                port,
                1_000,
                options.words("jvm").toArray(String[]::new));
    }

    private void fill() throws SQLException {
        writer.fill(written + 1, options.integer("events"));
        written += options.integer("events");
        servers.sql("CHECKPOINT");
    }

    private void measure(String name, DoubleSupplier publisher) throws InterruptedException {
        long before = written - options.integer("events");
        awaitPublished(before + 1);
        Usage start = now(publisher);
        awaitPublished(written - options.integer("events") / 2);
        Usage half = now(publisher);
        awaitPublished(written);
        Usage end = now(publisher);
        result.put(name + "EventsPerSecond", end.eventsPerSecondSince(start));
        result.put(name + "SecondHalfEventsPerSecond", end.eventsPerSecondSince(half));
        result.put(name + "CpuMicrosPerEvent", end.applicationMicrosPerEventSince(half));
        result.put(name + "PostgresCpuMicrosPerEvent", end.postgresMicrosPerEventSince(half));
        result.put(name + "BrokerCpuMicrosPerEvent", end.brokerMicrosPerEventSince(half));
        measureLatency(name, publisher);
    }

    /** From an event's INSERT, which is a transaction, to a consumer. */
    private void measureLatency(String name, DoubleSupplier publisher) throws InterruptedException {
        int rate = options.integer("rate");
        int warmUp = rate * options.integer("warm-up");
        int total = warmUp + rate * options.integer("latency");
        long first = written + 1;
        AtomicLongArray sentAt = new AtomicLongArray(total);
        Histogram micros = new Histogram(3);
        consumer.assign(partitions);
        consumer.seekToEnd(partitions);
        partitions.forEach(consumer::position);
        Usage start = now(publisher);
        Thread writing = new Thread(() -> {
            try {
                writer.write(first, total, rate, sentAt);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        writing.start();
        for (int arrived = 0; arrived < total; ) {
            for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                int event = (int) (Long.parseLong(record.key()) - first);
                arrived++;
                if (event >= warmUp) {
                    micros.recordValue((System.nanoTime() - sentAt.get(event)) / 1_000);
                }
            }
        }
        writing.join();
        written += total;
        Usage end = now(publisher);
        result.put(name + "P50Ms", micros.getValueAtPercentile(50) / 1e3);
        result.put(name + "P99Ms", micros.getValueAtPercentile(99) / 1e3);
        result.put(name + "CpuMicrosPerEventAtRate", end.applicationMicrosPerEventSince(start));
    }

    private Usage now(DoubleSupplier publisher) {
        return new Usage(
                System.nanoTime(),
                published(),
                publisher.getAsDouble(),
                ApplicationProcess.postgresCpuSeconds(),
                servers.brokerCpuSeconds());
    }

    private void awaitPublished(long events) {
        while (published() < events) {
            LockSupport.parkNanos(10_000_000);
        }
    }

    private long published() {
        return consumer.endOffsets(partitions).values().stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    private void report() throws IOException {
        new ObjectMapper()
                .writerWithDefaultPrettyPrinter()
                .writeValue(Path.of("target", "bench", "relay.json").toFile(), result);
        System.out.printf(
                "%n%,d events in the log; then %,d a second%n", options.integer("events"), options.integer("rate"));
        result.forEach((name, value) -> System.out.printf("%-40s %s%n", name, value));
    }
}
