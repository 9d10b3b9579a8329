package io.streamviews.consistency;

import io.smallrye.mutiny.Uni;
import io.streamviews.rest.ProblemType;
import io.streamviews.rest.RefusedException;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
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
        return Uni.createFrom().deferred(() -> {
            CompletableFuture<T> refusal = new CompletableFuture<>();
            Share share = new Share(writes, refusal);
            enter(share);
            for (Share largest = largestIfTooMany(); largest != null; largest = largestIfTooMany()) {
                largest.refuse("Reads wait for %d writes already, as many as may be".formatted(most));
            }
            Uni<T> refused = Uni.createFrom().completionStage(refusal);
            Uni<T> outcome = refusal.isDone()
                    ? refused
                    : Uni.combine().any().of(refused, Uni.createFrom().deferred(wait::get));
            return outcome.onTermination().invoke(() -> remove(share));
        });
    }

    /** See {@link io.streamviews.rest.MakesRoom}. */
    boolean makeRoom() {
        Share longest = longestIfLong();
        if (longest == null) {
            return false;
        }
        longest.refuse("As many requests are in flight as may be, and this one waits");
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

    private synchronized void enter(Share share) {
        shares.add(share);
        all += share.writes;
    }

    /** Who has to go, if there is no room: of those that have equally many the last to come. He is not counted any more. */
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

    private static final class Share {

        private final long since = System.nanoTime();
        private final int writes;
        private final CompletableFuture<?> refusal;

        private Share(int writes, CompletableFuture<?> refusal) {
            this.writes = writes;
            this.refusal = refusal;
        }

        private void refuse(String detail) {
            refusal.completeExceptionally(RefusedException.of(ProblemType.BUSY, detail));
        }
    }
}
