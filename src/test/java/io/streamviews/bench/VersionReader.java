package io.streamviews.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.HdrHistogram.ConcurrentHistogram;

/**
 * A client that reads some users in turn until it is closed, and never forgets which version it has seen of each. A read's time
 * counts from when it was due: one that is answered late does not hide how long the next ones would have waited.
 */
final class VersionReader implements AutoCloseable {

    /** Users that are read. */
    static final int READ = 50;

    private static final Pattern VERSION = Pattern.compile("\"version\":(\\d+)");

    private final HttpClient http = HttpClient.newHttpClient();
    private final ConcurrentHistogram micros = new ConcurrentHistogram(3);
    private final Thread reading;
    private volatile boolean over;
    private volatile long forgotten = Long.MIN_VALUE;
    private long reads;
    private long failed;
    private long older;

    /** @param rate reads a second; 0: each is due when the one before is answered */
    VersionReader(URI address, int users, int rate) {
        reading = new Thread(() -> read(address, Math.min(READ, users), rate), "reader");
        reading.start();
    }

    private void read(URI address, int users, int rate) {
        long[] seen = new long[users];
        long due = System.nanoTime();
        for (int i = 0; !over; i = (i + 1) % users) {
            due = rate == 0 ? System.nanoTime() : Math.max(forgotten, due + 1_000_000_000L / rate);
            while (System.nanoTime() - due < 0) {
                LockSupport.parkNanos(due - System.nanoTime());
            }
            long version = version(address.resolve("/api/posts/users/" + (i + 1)));
            micros.recordValue((System.nanoTime() - due) / 1_000);
            reads++;
            if (version < 0) {
                failed++;
            } else if (version < seen[i]) {
                older++;
            } else {
                seen[i] = version;
            }
        }
    }

    /** Negative if it cannot be read. */
    private long version(URI user) {
        try {
            HttpResponse<String> answer = http.send(
                    HttpRequest.newBuilder(user).timeout(Duration.ofSeconds(30)).build(),
                    HttpResponse.BodyHandlers.ofString());
            Matcher version = VERSION.matcher(answer.body());
            return answer.statusCode() == 200 && version.find() ? Long.parseLong(version.group(1)) : -1;
        } catch (IOException e) {
            return -1;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    long reads() {
        return reads;
    }

    long failed() {
        return failed;
    }

    long older() {
        return older;
    }

    /** Tells only of later reads how long they took; what is overdue is left out. */
    void forgetTimes() {
        forgotten = System.nanoTime();
        micros.reset();
    }

    double p50Ms() {
        return micros.getValueAtPercentile(50) / 1e3;
    }

    double p99Ms() {
        return micros.getValueAtPercentile(99) / 1e3;
    }

    double maxMs() {
        return micros.getMaxValue() / 1e3;
    }

    @Override
    public void close() {
        over = true;
        try {
            reading.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
