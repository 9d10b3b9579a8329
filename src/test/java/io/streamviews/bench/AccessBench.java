package io.streamviews.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamviews.Certificate;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Measures what TLS and a token cost: the same single requests, with neither, with one and with both, in turns, to the same
 * process. The clients' share of TLS is on this machine, too. See {@code scripts/bench.sh}.
 */
final class AccessBench {

    private static final Map<String, String> DEFAULTS =
            Map.of("warm-up", "30", "seconds", "10", "rounds", "5", "connections", "64", "jvm", BenchServers.JVM);
    private static final String TOKEN = "0123456789abcdef".repeat(4);

    private final BenchOptions options;
    private final AtomicLong users = new AtomicLong();
    private final Map<String, List<Long>> rates = new LinkedHashMap<>();

    private AccessBench(BenchOptions options) {
        this.options = options;
    }

    public static void main(String... args) throws Exception {
        BenchOptions options = BenchOptions.parse(DEFAULTS, args);
        try (BenchServers servers = BenchServers.start()) {
            new AccessBench(options).measure(servers);
        }
    }

    private void measure(BenchServers servers) throws Exception {
        Certificate certificate = Certificate.of("bench", "dns:localhost");
        Map<String, String> settings = new HashMap<>(servers.configuration());
        settings.put("quarkus.http.ssl-port", "0");
        settings.put("quarkus.http.ssl.certificate.files", certificate.pem().toString());
        settings.put("quarkus.http.ssl.certificate.key-files", certificate.key().toString());
        List<String> jvm = new ArrayList<>(options.words("jvm"));
        jvm.add("-Dstreamviews.access.tokens.bench.sha256=" + sha256(TOKEN));
        jvm.add("-Dstreamviews.access.tokens.bench.roles=writer");
        try (ApplicationProcess application =
                ApplicationProcess.start(Path.of("target", "bench", "application.log"), jvm, settings)) {
            URI plain = application.address();
            URI tls = application.address("https");
            application.awaitReady();
            Duration warmUp = Duration.ofSeconds(options.integer("warm-up"));
            run("warm-up", plain, "", warmUp);
            run("warm-up", tls, TOKEN, warmUp);
            rates.clear();
            for (int i = 0; i < options.integer("rounds"); i++) {
                Duration time = Duration.ofSeconds(options.integer("seconds"));
                run("neither", plain, "", time);
                run("token", plain, TOKEN, time);
                run("tls", tls, "", time);
                run("tls and token", tls, TOKEN, time);
            }
        }
        report();
    }

    private void run(String kind, URI address, String token, Duration time) throws InterruptedException {
        try (Load load = new Load(address, options.integer("connections"))) {
            Load.Result result = load.run(Duration.ofSeconds(1), time, () -> new Post(users.incrementAndGet(), token));
            if (result.failed() > 0) {
                throw new IllegalStateException(result.failed() + " requests have failed: " + kind);
            }
            rates.computeIfAbsent(kind, first -> new ArrayList<>()).add(result.rate());
        }
    }

    private void report() throws IOException {
        Map<String, Object> result = new LinkedHashMap<>();
        List<Long> base = rates.get("neither");
        rates.forEach((kind, each) -> {
            List<Double> ratios = new ArrayList<>();
            for (int i = 0; i < each.size(); i++) {
                ratios.add((double) each.get(i) / base.get(i));
            }
            result.put(
                    kind,
                    Map.of(
                            "postsPerSecond",
                            median(each),
                            "ratio",
                            Math.round(100 * median(ratios)) / 100.0,
                            "rounds",
                            each));
            System.out.printf("%-14s %6d POSTs/s, %.2f of neither%n", kind, median(each), median(ratios));
        });
        new ObjectMapper()
                .writerWithDefaultPrettyPrinter()
                .writeValue(Path.of("target", "bench", "access.json").toFile(), result);
    }

    private static <T extends Comparable<T>> T median(List<T> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }

    private static String sha256(String text) throws NoSuchAlgorithmException {
        return HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.US_ASCII)));
    }

    private record Post(long number, String token) implements Load.Command {

        @Override
        public HttpMethod method() {
            return HttpMethod.POST;
        }

        @Override
        public String path() {
            return "/api/users";
        }

        @Override
        public String body() {
            return "{\"name\":\"User %d\",\"email\":\"user@example.com\",\"department\":\"d\",\"status\":\"ACTIVE\"}"
                    .formatted(number);
        }

        @Override
        public Map<String, String> headers() {
            return token.isEmpty() ? Map.of() : Map.of("Authorization", "Bearer " + token);
        }

        @Override
        public void answered(int status, Buffer body) {
            // counted by the load
        }
    }
}
