package io.streamviews.projection;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Counts the dead letters every so often, so that health and metrics answer at once. Counting takes time as there are
 * letters; it is done at most every five seconds, takes one part in twenty of the time, and goes no further than to
 * {@link DeadLetters#MOST_COUNTED}.
 */
public final class DeadLetterWatch implements AutoCloseable {

    private static final Duration INTERVAL = Duration.ofSeconds(5);
    private static final int SHARE = 20;

    private final DeadLetters letters;
    private volatile Map<Letter.State, Long> counts;
    private volatile Cancellable counting = () -> {};
    private volatile boolean closed;

    DeadLetterWatch(DeadLetters letters, MeterRegistry registry) {
        this.letters = letters;
        for (Letter.State state : Letter.State.values()) {
            Gauge.builder("streamviews.dead.letters", this, watch -> watch.count(state))
                    .description(
                            "Events that are kept because they could not be applied; NaN if they cannot be counted")
                    .tag("state", state.name().toLowerCase(Locale.ROOT))
                    .register(registry);
        }
        count(Duration.ofMillis(1));
    }

    /** As last counted, by state; empty if they could not be. A state that is absent has none. */
    public Optional<Map<Letter.State, Long>> counts() {
        return Optional.ofNullable(counts);
    }

    private double count(Letter.State state) {
        Map<Letter.State, Long> counted = counts;
        return counted == null ? Double.NaN : counted.getOrDefault(state, 0L);
    }

    private void count(Duration delay) {
        if (closed) {
            return;
        }
        long[] begun = new long[1];
        counting = Uni.createFrom()
                .nullItem()
                .onItem()
                .delayIt()
                .by(delay)
                .invoke(() -> begun[0] = System.nanoTime())
                .chain(letters::counts)
                .subscribe()
                .with(
                        counted -> {
                            counts = counted;
                            Duration rest = Duration.ofNanos(System.nanoTime() - begun[0])
                                    .multipliedBy(SHARE);
                            count(rest.compareTo(INTERVAL) > 0 ? rest : INTERVAL);
                        },
                        away -> {
                            counts = null;
                            count(INTERVAL);
                        });
    }

    @Override
    public void close() {
        closed = true;
        counting.cancel();
    }
}
