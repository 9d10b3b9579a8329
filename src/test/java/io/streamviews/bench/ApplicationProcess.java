package io.streamviews.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** The packaged application under measurement, and what Linux says of a process' use of the machine. */
final class ApplicationProcess implements AutoCloseable {

    private static final double TICKS_PER_SECOND = 100;

    private final Process process;

    private ApplicationProcess(Process process) {
        this.process = process;
    }

    static ApplicationProcess start(Path log, List<String> jvm, Map<String, String> settings) throws IOException {
        Files.createDirectories(log.getParent());
        Stream<String> command = Stream.concat(
                Stream.concat(Stream.of(ProcessHandle.current().info().command().orElse("java")), jvm.stream()),
                Stream.of("-jar", "target/quarkus-app/quarkus-run.jar"));
        ProcessBuilder builder =
                new ProcessBuilder(command.toList()).redirectErrorStream(true).redirectOutput(log.toFile());
        settings.forEach((key, value) ->
                builder.environment().put(key.replaceAll("[^A-Za-z0-9]", "_").toUpperCase(Locale.ROOT), value));
        return new ApplicationProcess(builder.start());
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
        try (Stream<String> lines = Files.lines(Path.of("/proc", Long.toString(process.pid()), "status"))) {
            return lines.filter(line -> line.startsWith("VmHWM:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                    .findFirst()
                    .orElse(0);
        }
    }

    /** Processor seconds of all PostgreSQL processes that run now; those of backends that have ended are missing. */
    static double postgresCpuSeconds() {
        return ProcessHandle.allProcesses()
                .filter(handle -> handle.info()
                        .command()
                        .map(command -> command.endsWith("/postgres"))
                        .orElse(false))
                .mapToDouble(handle -> cpuSeconds(handle.pid()))
                .sum();
    }

    private static double cpuSeconds(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
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
