package io.streamviews.consistency;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.streamviews.rest.ProblemType;
import io.streamviews.rest.RefusedException;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * How many writes are being waited for in this process: no more than may be. Where there is no room, who waits for most of
 * them is refused, so that tokens of many writes keep out nobody who waits for one; and who has waited for longest, where
 * requests that wait for nothing would have to be. Thread-safe.
 */
final class AwaitedWrites {

    /** Several times what it takes when nothing is wrong, also beside a rebuild: what is not there then may not come at all. */
    private static final long LONG_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final int most;
    private final Set<Share> shares = new LinkedHashSet<>();
    private int all;

    AwaitedWrites(int most) {
        this.most = most;
    }

    /** Waits, and is counted until that ends; fails with a {@link RefusedException} (503) if there is no room for it. */
    <T> Uni<T> counted(int writes, Supplier<Uni<T>> wait) {
        return Uni.createFrom().emitter(outcome -> {
            Share share = new Share(writes, outcome);
            outcome.onTermination(() -> leave(share));
            Share largest = enter(share);
            while (largest != null) {
                largest.outcome.fail(RefusedException.of(
                        ProblemType.BUSY, "Reads wait for %d writes already, as many as may be".formatted(most)));
                if (largest == share) {
                    return;
                }
                largest = largestIfTooMany();
            }
            share.begun(wait.get().subscribe().with(outcome::complete, outcome::fail));
        });
    }

    /** See {@link io.streamviews.rest.MakesRoom}. */
    boolean makeRoom() {
        Share longest = longestIfLong();
        if (longest == null) {
            return false;
        }
        longest.outcome.fail(
                RefusedException.of(ProblemType.BUSY, "As many requests are in flight as may be, and this one waits"));
        return true;
    }

    private synchronized Share longestIfLong() {
        Iterator<Share> inTurn = shares.iterator();
        if (!inTurn.hasNext()) {
            return null;
        }
        Share longest = inTurn.next();
        if (System.nanoTime() - longest.since < LONG_NANOS) {
            return null;
        }
        remove(longest);
        return longest;
    }

    /** Who has to go, if there is no room; he is not counted any more. */
    private synchronized Share enter(Share share) {
        shares.add(share);
        all += share.writes;
        return largestIfTooMany();
    }

    /** Of those that have equally many the last to come. */
    private synchronized Share largestIfTooMany() {
        if (all <= most) {
            return null;
        }
        Share largest = shares.stream()
                .reduce((one, next) -> next.writes >= one.writes ? next : one)
                .orElseThrow();
        remove(largest);
        return largest;
    }

    private synchronized void remove(Share share) {
        if (shares.remove(share)) {
            all -= share.writes;
        }
    }

    private void leave(Share share) {
        remove(share);
        share.end();
    }

    private static final class Share {
        private final long since = System.nanoTime();
        private final int writes;
        private final UniEmitter<?> outcome;
        private Cancellable wait;
        private boolean ended;

        private Share(int writes, UniEmitter<?> outcome) {
            this.writes = writes;
            this.outcome = outcome;
        }

        private synchronized void begun(Cancellable begun) {
            wait = begun;
            if (ended) {
                begun.cancel();
            }
        }

        /** Nobody waits any more. */
        private synchronized void end() {
            ended = true;
            if (wait != null) {
                wait.cancel();
            }
        }
    }
}
