package io.streamviews.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;

/**
 * Measures what an open console costs the application: its processor time while events come at a steady rate, without and with
 * clients that take every snapshot, in turns. See {@code scripts/bench.sh}.
 */
final class ConsoleBench {

    private static final Map<String, String> DEFAULTS = Map.of(
            "clients",
            "10",
            "updates",
            "500",
            "rounds",
            "3",
            "seconds",
            "20",
            "warm-up",
            "60",
            "jvm",
            BenchServers.JVM);
    private static final int USERS = 10_000;

    private final BenchOptions options;
    private final BenchServers servers;
    private final List<Double> shares = new ArrayList<>();

    private ConsoleBench(BenchOptions options, BenchServers servers) {
        this.options = options;
        this.servers = servers;
    }

    public static void main(String... args) throws Exception {
        BenchOptions options = BenchOptions.parse(DEFAULTS, args);
        try (BenchServers servers = BenchServers.start()) {
            ConsoleBench bench = new ConsoleBench(options, servers);
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
            UsersAndPosts.send(producer, USERS, USERS);
            try (Updates updates = new Updates(producer, USERS, options.integer("updates"))) {
                List<InputStream> warm = open(application.address());
                rest(options.integer("warm-up"));
                close(warm);
                for (int i = 0; i < options.integer("rounds"); i++) {
                    double without = cores(application);
                    List<InputStream> clients = open(application.address());
                    double with = cores(application);
                    close(clients);
                    shares.add(100 * (with - without) / clients.size());
                    System.out.printf(
                            "%.3f cores without, %.3f with %d clients: %.2f %% of a core each%n",
                            without, with, clients.size(), shares.get(i));
                }
            }
        }
    }

    private double cores(ApplicationProcess application) {
        double before = application.cpuSeconds();
        long start = System.nanoTime();
        rest(options.integer("seconds"));
        return (application.cpuSeconds() - before) / ((System.nanoTime() - start) / 1e9);
    }

    private List<InputStream> open(URI address) throws IOException, InterruptedException {
        List<InputStream> clients = new ArrayList<>();
        for (int i = 0; i < options.integer("clients"); i++) {
            HttpResponse<InputStream> answer = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(address.resolve("/api/console/snapshots"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofInputStream());
            if (answer.statusCode() != 200) {
                throw new IllegalStateException("Snapshots: " + answer.statusCode());
            }
            clients.add(answer.body());
            Thread reading = new Thread(() -> drain(answer.body()), "console");
            reading.setDaemon(true);
            reading.start();
        }
        return clients;
    }

    private static void drain(InputStream snapshots) {
        try (snapshots) {
            snapshots.transferTo(OutputStream.nullOutputStream());
        } catch (IOException closed) {
            // by close()
        }
    }

    private static void close(List<InputStream> clients) throws IOException {
        for (InputStream client : clients) {
            client.close();
        }
    }

    private static void rest(int seconds) {
        LockSupport.parkNanos(seconds * 1_000_000_000L);
    }

    private void report() throws IOException {
        double median = shares.stream().sorted().toList().get(shares.size() / 2);
        System.out.printf("median: %.2f %% of a core for each client%n", median);
        new ObjectMapper()
                .writerWithDefaultPrettyPrinter()
                .writeValue(
                        Path.of("target", "bench", "console.json").toFile(),
                        Map.of("percentOfACoreForEachClient", median, "rounds", shares));
    }
}
