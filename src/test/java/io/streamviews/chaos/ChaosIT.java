package io.streamviews.chaos;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Two instances under a mixed load, and faults as a seed chooses them. Whatever has happened by then, all is level,
 * healthy and right soon after the last one. Only with {@code -Pchaos}, which says for how long.
 */
@Tag("alone")
@EnabledIfSystemProperty(named = "chaos.minutes", matches = ".*\\d.*")
class ChaosIT {

    private static final int CLIENTS = 6;
    private static final int PACE_MS = 25;
    private static final Duration WARM_UP = Duration.ofSeconds(8);

    /** The test's own clients say much while the broker is away. */
    private static final Logger KAFKA = Logger.getLogger("org.apache.kafka");

    @Test
    void allIsLevelHealthyAndRightSoonAfterTheLastFault() throws Exception {
        Level before = KAFKA.getLevel();
        KAFKA.setLevel(Level.OFF);
        try {
            run(Settings.read());
        } finally {
            KAFKA.setLevel(before);
        }
    }

    private static void run(Settings settings) throws Exception {
        System.out.printf(
                "chaos: -Dchaos.seed=%d for %d s, faults %s, operations %s%n",
                settings.seed(), settings.time().toSeconds(), settings.faults(), settings.operations());
        Journal journal = new Journal();
        Throwable broken = null;
        try (Cluster cluster = new Cluster("chaos")) {
            try {
                run(cluster, settings, journal);
            } catch (RuntimeException | Error e) {
                broken = e;
            }
            journal.say("errors in the instances' logs:%n%s", errors(cluster));
        }
        if (broken != null || !journal.isClean()) {
            throw new AssertionError(
                    "-Dchaos.seed=%d: not all held. The instances' logs are target/processes/chaos_*%n%s"
                            .formatted(settings.seed(), journal.report()),
                    broken);
        }
    }

    private static void run(Cluster cluster, Settings settings, Journal journal) throws Exception {
        for (int i = 0; i < Cluster.NAMES.size(); i++) {
            cluster.start(i);
        }
        cluster.awaitReady();
        Rest rest = new Rest(cluster);
        Ledger ledger = new Ledger();
        try (Archive archive = new Archive(cluster, journal);
                Monitor monitor = new Monitor(cluster, rest, journal)) {
            Losses losses = new Losses(cluster, archive);
            Verdict verdict = new Verdict(cluster, rest, new Evidence(ledger, archive, losses, monitor), journal);
            try (Foreigners foreigners = new Foreigners(cluster, journal, settings);
                    Operators operators = new Operators(cluster, rest, journal, settings);
                    Crowd crowd = Crowd.of(settings.seed(), rest, ledger, monitor)) {
                monitor.start();
                foreigners.start();
                operators.start();
                Time.pass(WARM_UP);
                Erasure erasure = new Erasure(cluster, archive, losses, operators, journal);
                if (!settings.faults().isEmpty()) {
                    new Havoc(cluster, erasure, journal)
                            .happen(Schedule.of(settings.seed(), settings.faults(), settings.time()));
                } else {
                    Time.pass(settings.time());
                }
            }
            verdict.level(settings.patience());
            monitor.close();
            journal.say("%d reads were watched", monitor.reads());
            verdict.judge();
        }
    }

    /** The clients, each at his own pace. */
    private record Crowd(ScheduledExecutorService threads) implements AutoCloseable {

        static Crowd of(long seed, Rest rest, Ledger ledger, Monitor monitor) {
            ScheduledExecutorService threads = Executors.newScheduledThreadPool(CLIENTS);
            IntStream.range(0, CLIENTS)
                    .mapToObj(i -> new Client(Integer.toString(i), seed + 10 + i, rest, ledger, monitor))
                    .forEach(client -> threads.scheduleWithFixedDelay(client::step, 0, PACE_MS, TimeUnit.MILLISECONDS));
            return new Crowd(threads);
        }

        @Override
        public void close() throws InterruptedException {
            threads.shutdown();
            threads.awaitTermination(1, TimeUnit.MINUTES);
        }
    }

    private static String errors(Cluster cluster) throws Exception {
        try (Stream<Path> logs = Files.list(Path.of("target", "processes"))) {
            List<Path> own = logs.filter(log -> log.getFileName().toString().startsWith(cluster.name + "-")
                            && log.toString().endsWith(".log"))
                    .sorted()
                    .toList();
            StringBuilder text = new StringBuilder();
            for (Path log : own) {
                List<String> lines = Files.readAllLines(log).stream()
                        .filter(line -> line.contains(" ERROR ") || line.contains(" FATAL "))
                        .toList();
                text.append("  %s: %d%n".formatted(log, lines.size()))
                        .append(lines.stream()
                                .limit(5)
                                .map(line -> "    " + line + "\n")
                                .collect(Collectors.joining()));
            }
            return text.toString();
        }
    }
}
