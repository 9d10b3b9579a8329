package io.streamviews;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * A client that has nothing to do with what others ask of a process: it asks for the process's health and creates users all
 * the while, notes how long it waits, and looks at the memory that the process has.
 */
public final class Bystander implements AutoCloseable {

    private static final long PAUSE_NANOS = Duration.ofMillis(50).toNanos();
    private static final long MOST_KB = 1_000_000;

    private final PackagedProcess process;
    private final Thread thread = new Thread(this::look, "bystander");
    private final List<String> complaints = new ArrayList<>();
    private volatile boolean ended;
    private Duration longest = Duration.ZERO;
    private long mostKb;
    private volatile int rounds;

    public Bystander(PackagedProcess process) {
        this.process = process;
        thread.start();
    }

    /** It has been answered within the time whenever it asked, and the process has never had more than 1 GB. */
    public void assertUndisturbed(Duration most) {
        close();
        System.out.printf(
                "Bystander: %d rounds, longest %d ms, VmRSS %d MB%n", rounds, longest.toMillis(), mostKb / 1_000);
        assertThat(complaints).isEmpty();
        assertThat(rounds).isPositive();
        assertThat(process.isAlive()).isTrue();
        assertThat(longest).isLessThan(most);
        assertThat(mostKb).isLessThan(MOST_KB);
    }

    /** How often it has asked for everything so far; it stops when it has something to complain of. */
    public int rounds() {
        return rounds;
    }

    @Override
    public void close() {
        ended = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void look() {
        while (!ended && complaints.isEmpty()) {
            ask("GET", "/q/health/live", null, 200);
            ask("POST", "/api/users", SmallProcess.USER, 201);
            mostKb = Math.max(mostKb, residentKb());
            rounds++;
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private void ask(String method, String path, String body, int expected) {
        long start = System.nanoTime();
        try {
            int status = process.send(method, path, body).statusCode();
            if (status != expected) {
                complaints.add("%s %s: %d".formatted(method, path, status));
            }
        } catch (UncheckedIOException noAnswer) {
            complaints.add("%s %s: %s".formatted(method, path, noAnswer.getCause()));
        }
        Duration waited = Duration.ofNanos(System.nanoTime() - start);
        longest = waited.compareTo(longest) > 0 ? waited : longest;
    }

    private long residentKb() {
        try {
            return Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status")).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .findFirst()
                    .orElse(0);
        } catch (IOException gone) {
            complaints.add("The process is gone");
            return 0;
        }
    }
}
