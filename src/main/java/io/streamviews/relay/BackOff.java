package io.streamviews.relay;

import java.time.Duration;

/** Pauses that double up to a limit. */
final class BackOff {

    private final Duration first;
    private final Duration longest;
    private Duration next;

    BackOff(Duration first, Duration longest) {
        this.first = first;
        this.longest = longest;
        this.next = first;
    }

    Duration next() {
        Duration current = next.compareTo(longest) < 0 ? next : longest;
        next = current.multipliedBy(2);
        return current;
    }

    void reset() {
        next = first;
    }
}
