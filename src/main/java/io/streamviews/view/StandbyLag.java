package io.streamviews.view;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * How far a standby is behind, in time: the age of the oldest position of its primary's log that it has not replayed.
 * What the standby itself could say, the age of the last transaction it has replayed, grows while nobody writes.
 * Unknown until the standby has replayed a position whose age is known: at first, or after it was replaced, it may be
 * days behind. Not thread-safe.
 */
final class StandbyLag {

    /** Above all that is of interest, so that memory is bounded however long a standby stays behind. */
    private static final int MOST = 1_000;

    private final Deque<Position> missing = new ArrayDeque<>();
    private long replayed = Long.MIN_VALUE;
    private boolean known;

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

    /** The standby has replayed the log up to a position; empty as long as nobody can tell what that means. */
    Optional<Duration> replayed(long lsn, long nanoTime) {
        known &= lsn >= replayed;
        replayed = lsn;
        while (!missing.isEmpty() && missing.peekFirst().lsn() <= lsn) {
            missing.pollFirst();
            known = true;
        }
        if (!known) {
            return Optional.empty();
        }
        return Optional.of(
                missing.isEmpty()
                        ? Duration.ZERO
                        : Duration.ofNanos(nanoTime - missing.peekFirst().nanoTime()));
    }
}
