package io.streamviews.postgres;

import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Work that is asked for often and done once for many: one run at a time, and after each ask one that begins later.
 * Thread-safe.
 */
public final class Coalesced {

    private static final int IDLE = 0;
    private static final int RUNNING = 1;
    private static final int RUNNING_AND_ASKED_AGAIN = 2;

    private final Supplier<Uni<Void>> work;
    private final long spacingNanos;
    private final AtomicInteger state = new AtomicInteger(IDLE);

    /**
     * @param work its failures are for it to report
     * @param spacingNanos between the beginnings of two runs at least, within a millisecond
     */
    public Coalesced(Supplier<Uni<Void>> work, long spacingNanos) {
        this.work = work;
        this.spacingNanos = spacingNanos;
    }

    /** Returns at once. */
    public void ask() {
        if (state.getAndUpdate(s -> s == IDLE ? RUNNING : RUNNING_AND_ASKED_AGAIN) == IDLE) {
            run();
        }
    }

    private void run() {
        long start = System.nanoTime();
        Uni.createFrom()
                .deferred(work::get)
                .onFailure()
                .recoverWithNull()
                .chain(() -> pause(TimeUnit.NANOSECONDS.toMillis(start + spacingNanos - System.nanoTime())))
                .subscribe()
                .with(done -> done(), failure -> done());
    }

    /** In whole milliseconds, as timers take no less. */
    private static Uni<Void> pause(long millis) {
        Uni<Void> now = Uni.createFrom().voidItem();
        return millis <= 0 ? now : now.onItem().delayIt().by(Duration.ofMillis(millis));
    }

    private void done() {
        // the state is RUNNING or RUNNING_AND_ASKED_AGAIN here, and one step back from either
        if (state.decrementAndGet() == RUNNING) {
            run();
        }
    }
}
