package io.streamviews.chaos;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Time that has to pass because something is meant to last for so long; nothing is waited for in this way. */
final class Time {

    private Time() {}

    static void pass(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}
