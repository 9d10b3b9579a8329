package io.streamviews.view;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * How far a standby is behind, in time: the age of the oldest position of its primary's log that it has not replayed. What
 * the standby itself could say, the age of the last transaction it has replayed, grows while nobody writes. Not thread-safe.
 */
final class StandbyLag {

    /** Above all that is of interest, so that memory is bounded however long a standby stays behind. */
    private static final int MOST = 1_000;

    private final Deque<Position> missing = new ArrayDeque<>();

    private record Position(long lsn, long nanoTime) {}

    /** The primary's log reached a position at least at that time. */
    void written(long lsn, long nanoTime) {
        if (missing.isEmpty() || missing.peekLast().lsn() < lsn) {
            if (missing.size() == MOST) {
                missing.pollLast();
            }
            missing.addLast(new Position(lsn, nanoTime));
        }
    }

    /** The standby has replayed the log up to a position. */
    Duration replayed(long lsn, long nanoTime) {
        while (!missing.isEmpty() && missing.peekFirst().lsn() <= lsn) {
            missing.pollFirst();
        }
        return missing.isEmpty()
                ? Duration.ZERO
                : Duration.ofNanos(nanoTime - missing.peekFirst().nanoTime());
    }
}
