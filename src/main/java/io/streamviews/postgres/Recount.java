package io.streamviews.postgres;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * A count that takes time as there is something to count, and is done every so often and when it is asked for. It takes one
 * part in twenty of the time: after each it rests for twenty times as long. Thread-safe; one count is under way or waits at
 * any moment.
 */
public final class Recount implements AutoCloseable {

    private static final int SHARE = 20;

    private final Supplier<Uni<Void>> count;
    private final Duration interval;
    private final Duration longestRest;
    private Cancellable next = () -> {};
    private boolean counting;
    private boolean askedAgain;
    private boolean closed;
    private long restUntil = System.nanoTime();

    /**
     * @param count when it fails, the next one comes after the interval, and no later
     * @param interval the longest pause between two counts, unless the rest is longer
     */
    public Recount(Supplier<Uni<Void>> count, Duration interval, Duration longestRest) {
        this.count = count;
        this.interval = interval;
        this.longestRest = longestRest;
    }

    /** As soon as may be: a count that is under way may have missed what has changed. */
    public synchronized void ask() {
        if (counting) {
            askedAgain = true;
        } else {
            after(Duration.ZERO);
        }
    }

    /** For the first time when the interval is over. */
    public synchronized void start() {
        after(interval);
    }

    private void after(Duration pause) {
        next.cancel();
        if (closed) {
            return;
        }
        // A timer takes whole milliseconds, one or more.
        long millis = 1 + Math.max(pause.toMillis(), TimeUnit.NANOSECONDS.toMillis(restUntil - System.nanoTime()));
        next = Uni.createFrom()
                .voidItem()
                .onItem()
                .delayIt()
                .by(Duration.ofMillis(millis))
                .subscribe()
                .with(now -> count());
    }

    private void count() {
        synchronized (this) {
            counting = true;
            askedAgain = false;
        }
        long begun = System.nanoTime();
        Uni.createFrom()
                .deferred(count::get)
                .subscribe()
                .with(done -> counted(begun, true), away -> counted(begun, false));
    }

    private synchronized void counted(long begun, boolean success) {
        long now = System.nanoTime();
        long rest = Math.min((now - begun) * SHARE, longestRest.toNanos());
        restUntil = now + (success ? rest : Math.min(rest, interval.toNanos()));
        counting = false;
        after(askedAgain && success ? Duration.ZERO : interval);
    }

    @Override
    public synchronized void close() {
        closed = true;
        next.cancel();
    }
}
