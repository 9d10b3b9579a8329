package io.streamviews.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The packaged application under measurement, and what Linux says of a process' use of the machine. */
final class ApplicationProcess implements AutoCloseable {

    private static final double TICKS_PER_SECOND = 100;

    private static final Pattern LISTENING = Pattern.compile("Listening on: .*");

    private final Path log;
    private final Process process;

    private ApplicationProcess(Path log, Process process) {
        this.log = log;
        this.process = process;
    }

    /** On one port, which is free. */
    static ApplicationProcess start(Path log, List<String> jvm, Map<String, String> settings) throws IOException {
        Files.createDirectories(log.getParent());
        Stream<String> command = Stream.concat(
                Stream.concat(Stream.of(ProcessHandle.current().info().command().orElse("java")), jvm.stream()),
                Stream.of("-jar", "target/quarkus-app/quarkus-run.jar"));
        ProcessBuilder builder =
                new ProcessBuilder(command.toList()).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().put("STREAMVIEWS_ACCESS_ANONYMOUS", "reader,writer,operator");
        builder.environment().put("QUARKUS_HTTP_PORT", "0");
        builder.environment().put("STREAMVIEWS_HTTP_SECOND_PORT", "");
        settings.forEach((key, value) ->
                builder.environment().put(key.replaceAll("[^A-Za-z0-9]", "_").toUpperCase(Locale.ROOT), value));
        return new ApplicationProcess(log, builder.start());
    }

    /** Where it listens, once it does. */
    URI address() throws IOException {
        return address("http");
    }

    /** Likewise, with a protocol that it has been told to have. */
    URI address(String protocol) throws IOException {
        while (isAlive()) {
            Matcher listening = LISTENING.matcher(Files.readString(log));
            if (listening.find()) {
                String port = listening.group().replaceAll(".*\\b" + protocol + "://[^:]+:(\\d+).*", "$1");
                return URI.create(protocol + "://localhost:" + port);
            }
            LockSupport.parkNanos(50_000_000);
        }
        throw new IllegalStateException("The application has ended: see " + log);
    }

    /** Waits until it is ready, as whoever sends it requests would. */
    void awaitReady() throws IOException, InterruptedException {
        HttpRequest ready =
                HttpRequest.newBuilder(address().resolve("/q/health/ready")).build();
        while (HttpClient.newHttpClient()
                        .send(ready, HttpResponse.BodyHandlers.discarding())
                        .statusCode()
                != 200) {
            LockSupport.parkNanos(100_000_000);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Processor seconds that the application has used so far. */
    double cpuSeconds() {
        return cpuSeconds(process.pid());
    }

    /** The largest memory that the application has held so far, in MiB. */
    long peakRssMiB() throws IOException {
        return memoryMiB("VmHWM:");
    }

    /** The memory that it holds now, in MiB. */
    long rssMiB() throws IOException {
        return memoryMiB("VmRSS:");
    }

    private long memoryMiB(String name) throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc", Long.toString(process.pid()), "status"))) {
            return lines.filter(line -> line.startsWith(name))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                    .findFirst()
                    .orElse(0);
        }
    }

    /** Processor seconds of PostgreSQL so far, with those of its processes that have ended. */
    static double postgresCpuSeconds() {
        return ProcessHandle.allProcesses()
                .filter(handle -> handle.info()
                        .command()
                        .map(command -> command.endsWith("/postgres"))
                        .orElse(false))
                .mapToDouble(handle -> cpuSeconds(handle.pid()))
                .sum();
    }

    static double cpuSeconds(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            // User and system time, its own and that of its children that have ended.
            return Stream.of(fields)
                            .skip(11)
                            .limit(4)
                            .mapToLong(Long::parseLong)
                            .sum()
                    / TICKS_PER_SECOND;
        } catch (IOException e) {
            return 0;
        }
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().join();
    }
}
