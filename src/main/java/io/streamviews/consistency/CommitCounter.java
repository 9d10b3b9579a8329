package io.streamviews.consistency;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Counts commits to the views, for threads that wait for the next one. As a signal can be lost, the count also rises
 * every so often without one.
 */
@ApplicationScoped
public class CommitCounter {

    private static final Duration SAFETY_NET = Duration.ofMillis(500);

    private final ViewSignals signals;
    private final Vertx vertx;
    private long count;
    private long timer;

    CommitCounter(ViewSignals signals, Vertx vertx) {
        this.signals = signals;
        this.vertx = vertx;
    }

    void onStart(@Observes StartupEvent start) {
        signals.onCommit(this::heard);
        timer = vertx.setPeriodic(SAFETY_NET.toMillis(), tick -> heard());
    }

    /** Vert.x outlives a live reload. */
    void onStop(@Observes ShutdownEvent stop) {
        vertx.cancelTimer(timer);
    }

    public synchronized long count() {
        return count;
    }

    /** Waits until the count is not {@code known} any more, and says what it is. */
    public synchronized long await(long known, Duration atMost) throws InterruptedException {
        signals.awaited();
        long deadline = System.nanoTime() + atMost.toNanos();
        for (long left = atMost.toNanos(); count == known && left > 0; left = deadline - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return count;
    }

    private synchronized void heard() {
        count++;
        notifyAll();
    }
}
