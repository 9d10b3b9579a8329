package io.streamviews;

import static org.awaitility.Awaitility.await;

import io.streamviews.dev.EmbeddedServersMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The packaged application as a process of its own, on a free port, with the shared broker and database. */
public final class PackagedProcess implements AutoCloseable {

    private static final Pattern LISTENING = Pattern.compile("Listening on: (?:\\S+ and )?(https?)://[^:]+:(\\d+)");
    private static final Pattern COMPLAINT = Pattern.compile(" (WARN|ERROR) |\"level\":\"(WARN|ERROR)\"");
    private static final Duration START_PATIENCE = Duration.ofSeconds(60);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(20);

    /** It does not live long enough for the second compiler to pay, or for its classes to be verified at each start. */
    private static final List<String> SHORT_LIVED =
            List.of("-XX:TieredStopAtLevel=1", "-XX:+UnlockDiagnosticVMOptions", "-XX:-BytecodeVerificationRemote");

    /** By the launcher that the package brings along. */
    static final List<String> AS_SHIPPED = List.of("-jar", "target/quarkus-app/quarkus-run.jar");

    private final HttpClient http;
    private final Path log;
    private final Process process;
    private final String address;

    private PackagedProcess(Path log, Process process, HttpClient http) {
        this.http = http;
        this.log = log;
        this.process = process;
        await("Start of " + log)
                .atMost(START_PATIENCE)
                .until(() -> !process.isAlive() || LISTENING.matcher(log()).find());
        Matcher listening = LISTENING.matcher(log());
        if (!listening.find()) {
            throw new IllegalStateException("It did not start:\n" + log());
        }
        this.address = "%s://localhost:%s".formatted(listening.group(1), listening.group(2));
    }

    /**
     * @param settings Quarkus properties, handed over as environment variables
     * @param jvmOptions such as the heap's size
     */
    public static PackagedProcess start(String name, Map<String, String> settings, String... jvmOptions) {
        return start(name, HttpClient.newHttpClient(), settings, jvmOptions);
    }

    /**
     * @param http trusts its certificate, if it has one; it is asked with TLS then
     * @param jvmOptions with any it is started as it is shipped
     */
    public static PackagedProcess start(
            String name, HttpClient http, Map<String, String> settings, String... jvmOptions) {
        return start(
                name,
                http,
                settings,
                jvmOptions.length == 0
                        ? SharedClasses.java()
                        : Stream.concat(Stream.of(jvmOptions), AS_SHIPPED.stream())
                                .toList());
    }

    /** @param java its options, and what it is to run */
    static PackagedProcess start(String name, HttpClient http, Map<String, String> settings, List<String> java) {
        Path log = log(name);
        return new PackagedProcess(log, launch(log, open(settings), java), http);
    }

    /**
     * The engine alone, on a database, with a consumer group of the same name. Another instance takes its partitions within a second
     * or so of its death.
     *
     * @param views the folder with the view files
     */
    public static PackagedProcess startEngine(
            String database, String instance, Path views, Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(settings);
        all.put("quarkus.profile", "projection");
        all.put("streamviews.database.name", database);
        all.put("streamviews.views.location", views.toString());
        all.put("quarkus.kafka-streams.application-id", database);
        all.put("kafka-streams.consumer.session.timeout.ms", "1000");
        all.put("kafka-streams.consumer.heartbeat.interval.ms", "300");
        return start(database + "-" + instance, all);
    }

    /** One of which nothing is said of who may do what, but for what the settings say. */
    public static PackagedProcess startWithAccessOfProduction(String name, Map<String, String> settings) {
        Path log = log(name);
        return new PackagedProcess(log, launch(log, settings, AS_SHIPPED), HttpClient.newHttpClient());
    }

    /** One that ends by itself, and what it has said. */
    public static Ended failsToStart(String name, Map<String, String> settings) {
        Path log = log(name);
        Process process = launch(log, open(settings), SharedClasses.java());
        try {
            if (!process.waitFor(START_PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException("It did not end:\n" + Files.readString(log));
            }
            return new Ended(process.exitValue(), Files.readString(log));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        } finally {
            process.destroyForcibly();
        }
    }

    /** For everybody, unless they say otherwise. */
    private static Map<String, String> open(Map<String, String> settings) {
        Map<String, String> open = new HashMap<>(settings);
        open.putIfAbsent("streamviews.access.anonymous", "reader,writer,operator");
        return open;
    }

    private static Path log(String name) {
        return Path.of("target", "processes", name + ".log");
    }

    private static Process launch(Path log, Map<String, String> settings, List<String> java) {
        try {
            Files.createDirectories(log.getParent());
            Files.deleteIfExists(log);
            List<String> command = new ArrayList<>();
            command.add(ProcessHandle.current().info().command().orElse("java"));
            command.addAll(SHORT_LIVED);
            command.addAll(java);
            ProcessBuilder builder =
                    new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
            // As an operator would: the rest is what production has by default.
            Map<String, String> environment = builder.environment();
            EmbeddedServersMXBean servers = EmbeddedServersResource.servers();
            environment.put(variable("streamviews.database.port"), Integer.toString(servers.getDatabasePort()));
            environment.put(variable("quarkus.datasource.username"), Roles.RUNTIME);
            environment.put(variable("kafka.bootstrap.servers"), servers.getBootstrapServers());
            environment.put(variable("quarkus.http.port"), "0");
            environment.put(variable("streamviews.http.second-port"), "");
            settings.forEach((key, value) -> environment.put(variable(key), value));
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public void awaitReady() {
        await("Readiness of " + log)
                .atMost(START_PATIENCE)
                // a connection that comes while the server is opening its ports may be cut
                .ignoreExceptionsInstanceOf(UncheckedIOException.class)
                .until(() -> get("/q/health/ready").statusCode() == 200);
    }

    /** Where it answers, with TLS if it can, for clients of a test's own. */
    public URI uri(String path) {
        return URI.create(address + path);
    }

    public HttpResponse<String> get(String path) {
        return send(request(path).GET());
    }

    /** The lines of an answer that has no end; closed by who reads them. */
    public Stream<String> follow(String path) {
        try {
            return http.send(request(path).build(), BodyHandlers.ofLines()).body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    public HttpResponse<String> send(String method, String path, String json) {
        return send(method, path, json, Map.of());
    }

    public HttpResponse<String> send(String method, String path, String json, Map<String, String> headers) {
        HttpRequest.Builder request = request(path)
                .header("Content-Type", "application/json")
                .method(method, json == null ? BodyPublishers.noBody() : BodyPublishers.ofString(json));
        headers.forEach(request::setHeader);
        return send(request);
    }

    /** Warnings and errors that it has logged, but for the one that a test's open access is meant to be answered with. */
    public List<String> complaints() {
        return log().lines()
                .filter(line -> COMPLAINT.matcher(line).find())
                .filter(line -> !line.contains("EVERYBODY MAY DO EVERYTHING HERE"))
                .toList();
    }

    public String log() {
        try {
            return Files.exists(log) ? Files.readString(log) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** As {@code kill -9} does: without a word to anybody. Returns when it is dead. */
    public void kill() {
        process.destroyForcibly().onExit().join();
    }

    /** As {@code kill -STOP} does: it keeps its connections and its locks, and does nothing until it is resumed. */
    public void suspend() {
        signal("STOP");
    }

    public void resume() {
        signal("CONT");
    }

    @Override
    public void close() {
        close(STOP_PATIENCE);
    }

    void close(Duration patience) {
        process.destroy();
        try {
            if (!process.waitFor(patience.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException("It did not stop when asked to:\n" + log());
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    private void signal(String name) {
        try {
            new ProcessBuilder("kill", "-" + name, Long.toString(pid()))
                    .inheritIO()
                    .start()
                    .onExit()
                    .join();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(uri(path)).timeout(Duration.ofSeconds(10));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return http.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A process that has ended by itself. */
    public record Ended(int exitCode, String output) {}

    private static String variable(String property) {
        return property.replaceAll("[^A-Za-z0-9]", "_").toUpperCase(Locale.ROOT);
    }
}
