package io.streamviews.event;

import java.time.Duration;

/**
 * What a relay owes to readers of a compacted topic after it took over from one that did not end in order: the former
 * one may have had events on their way, which can reach the broker behind newer events of the same key that this relay
 * has published by then. Compaction would keep the older one. So, when nothing of the former relay can arrive any more,
 * everything since the take-over is published once more, and the newest event of each key is the last again.
 */
final class Repetition {

    static final Repetition NONE = new Repetition(-1, 0);

    private final long from;
    private final long due;

    private Repetition(long from, long due) {
        this.from = from;
        this.due = due;
    }

    static Repetition of(long from, Duration after) {
        return new Repetition(from, System.nanoTime() + after.toNanos());
    }

    boolean isDue() {
        return from >= 0 && System.nanoTime() - due >= 0;
    }

    long from() {
        return from;
    }
}
