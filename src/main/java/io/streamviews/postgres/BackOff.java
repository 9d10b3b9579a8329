package io.streamviews.postgres;

import java.time.Duration;

/** Pauses that double up to a limit. */
public final class BackOff {

    /** Enough for every limit, and too few to overflow. */
    private static final int MOST_DOUBLINGS = 30;

    private final Duration first;
    private final Duration longest;
    private int doublings;

    public BackOff(Duration first, Duration longest) {
        this.first = first;
        this.longest = longest;
    }

    public Duration next() {
        return after(doublings++);
    }

    /** The pause after so many others, for who counts them elsewhere. */
    public Duration after(int others) {
        Duration pause = first.multipliedBy(1L << Math.min(others, MOST_DOUBLINGS));
        return pause.compareTo(longest) < 0 ? pause : longest;
    }

    public void reset() {
        doublings = 0;
    }
}
