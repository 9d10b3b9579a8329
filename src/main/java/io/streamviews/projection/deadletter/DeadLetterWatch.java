package io.streamviews.projection.deadletter;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Uni;
import io.streamviews.postgres.Recount;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Counts the dead letters, so that health and metrics answer at once: when this process has changed them, and every so
 * often for the sake of what others do. Counting takes time as there are letters: it goes no further than to
 * {@link DeadLetters#MOST_COUNTED}, and then rests for twenty times as long, or for five seconds. Thread-safe.
 */
public final class DeadLetterWatch implements AutoCloseable {

    private static final Duration LONGEST_REST = Duration.ofSeconds(5);

    private final DeadLetters letters;
    private final Clock clock;
    private final Recount counting;
    private volatile Counts counts;

    /** @param interval the longest pause between two counts */
    public DeadLetterWatch(DeadLetters letters, MeterRegistry registry, Clock clock, Duration interval) {
        this.letters = letters;
        this.clock = clock;
        this.counting = new Recount(this::count, interval, LONGEST_REST);
        for (StoredDeadLetter.State state : StoredDeadLetter.State.values()) {
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
    public void changed() {
        counting.ask();
    }

    private double count(StoredDeadLetter.State state) {
        Counts counted = counts;
        return counted == null ? Double.NaN : counted.of(state);
    }

    private Uni<Void> count() {
        Instant at = clock.instant();
        return letters.counts()
                .invoke(counted -> counts = new Counts(at, counted))
                .onFailure()
                .invoke(away -> counts = null)
                .replaceWithVoid();
    }

    @Override
    public void close() {
        counting.close();
    }

    /**
     * How many letters there were.
     *
     * @param at when they were counted
     */
    public record Counts(Instant at, Map<StoredDeadLetter.State, Long> byState) {

        public long of(StoredDeadLetter.State state) {
            return byState.getOrDefault(state, 0L);
        }
    }
}
