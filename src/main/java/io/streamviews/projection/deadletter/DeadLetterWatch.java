package io.streamviews.projection.deadletter;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Counts the dead letters, so that health and metrics answer at once: when this process has changed them, and every so
 * often for the sake of what others do. Counting takes time as there are letters: it goes no further than to
 * {@link DeadLetters#MOST_COUNTED}, and then rests for twenty times as long, or for five seconds.
 *
 * <p>Thread-safe. One count is under way or waits at any moment.
 */
public final class DeadLetterWatch implements AutoCloseable {

    private static final int SHARE = 20;
    private static final long LONGEST_REST_NANOS = Duration.ofSeconds(5).toNanos();

    private final DeadLetters letters;
    private final Clock clock;
    private final Duration interval;
    private volatile Counts counts;
    private Cancellable next = () -> {};
    private boolean counting;
    private boolean changed;
    private boolean closed;
    private long restUntil = System.nanoTime();

    /** @param interval the longest pause between two counts */
    public DeadLetterWatch(DeadLetters letters, MeterRegistry registry, Clock clock, Duration interval) {
        this.letters = letters;
        this.clock = clock;
        this.interval = interval;
        for (Letter.State state : Letter.State.values()) {
            Gauge.builder("streamviews.dead.letters", this, watch -> watch.count(state))
                    .description(
                            "Events that are kept because they could not be applied; NaN if they cannot be counted")
                    .tag("state", state.name().toLowerCase(Locale.ROOT))
                    .register(registry);
        }
        changed();
    }

    /** As last counted; empty if they could not be. */
    public Optional<Counts> counts() {
        return Optional.ofNullable(counts);
    }

    /** Counts again as soon as may be: a count that is under way may have missed it. */
    public synchronized void changed() {
        if (counting) {
            changed = true;
        } else {
            countIn(Duration.ZERO);
        }
    }

    private double count(Letter.State state) {
        Counts counted = counts;
        return counted == null ? Double.NaN : counted.of(state);
    }

    private synchronized void countIn(Duration pause) {
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
            changed = false;
        }
        Instant at = clock.instant();
        long begun = System.nanoTime();
        letters.counts()
                .subscribe()
                .with(
                        counted -> {
                            counts = new Counts(at, counted);
                            counted(begun);
                        },
                        away -> {
                            counts = null;
                            counted(begun);
                        });
    }

    private synchronized void counted(long begun) {
        long now = System.nanoTime();
        restUntil = now + Math.min((now - begun) * SHARE, LONGEST_REST_NANOS);
        counting = false;
        countIn(changed && counts != null ? Duration.ZERO : interval);
    }

    @Override
    public synchronized void close() {
        closed = true;
        next.cancel();
    }

    /**
     * How many letters there were.
     *
     * @param at when they were counted
     */
    public record Counts(Instant at, Map<Letter.State, Long> byState) {

        public long of(Letter.State state) {
            return byState.getOrDefault(state, 0L);
        }
    }
}
