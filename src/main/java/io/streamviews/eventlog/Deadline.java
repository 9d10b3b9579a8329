package io.streamviews.eventlog;

import io.smallrye.mutiny.TimeoutException;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * When a command's time is up, whatever it waits for until then: its turn, a connection, the database.
 *
 * @param at a {@link System#nanoTime}
 */
record Deadline(long at) {

    static Deadline in(Duration time) {
        return new Deadline(System.nanoTime() + time.toNanos());
    }

    /** The work's result. Fails with a {@link TimeoutException} if the time is up: the work is not begun then. */
    <T> Uni<T> begin(Supplier<Uni<T>> work) {
        return left() > 0 ? work.get() : Uni.createFrom().failure(new TimeoutException());
    }

    /** The outcome, or a {@link TimeoutException} when the time is up. */
    <T> Uni<T> await(Uni<T> outcome) {
        return outcome.ifNoItem().after(Duration.ofNanos(Math.max(1, left()))).fail();
    }

    private long left() {
        return at - System.nanoTime();
    }
}
