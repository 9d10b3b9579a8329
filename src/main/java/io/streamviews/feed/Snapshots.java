package io.streamviews.feed;

import io.streamviews.feed.Tail.Follower;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * A derived view encoded as a whole, once for all feeds that begin with it: the latest, and the one before as long as
 * somebody is still reading that. If a third is wanted meanwhile, who wants it waits, and who has not read the oldest
 * within {@code patience} is dropped; so there are never more than two.
 */
final class Snapshots {

    private static final int PART = 8 * 1024;

    private final Duration patience;
    private Snapshot latest;
    private Snapshot former;
    private long formerSince;
    private boolean isWanted;

    Snapshots(Duration patience) {
        this.patience = patience;
    }

    /** @param readers those who have not read all of it yet */
    record Snapshot(String id, List<byte[]> parts, Set<Follower> readers) {}

    /**
     * One to be read and {@linkplain #giveBack given back}; null if it has to be waited for, and the feed will be woken.
     *
     * @param canGoOn whether there is what follows a state
     */
    synchronized Snapshot take(Follower feed, Predicate<String> canGoOn) {
        if (latest == null || !canGoOn.test(latest.id())) {
            isWanted = true;
            return null;
        }
        latest.readers().add(feed);
        return latest;
    }

    synchronized void giveBack(Snapshot snapshot, Follower feed) {
        snapshot.readers().remove(feed);
    }

    /** Says whether there is a new one. For one thread alone. */
    boolean renewIfWanted(ViewState state) {
        if (!mayBeRenewed()) {
            return false;
        }
        renew(state);
        return true;
    }

    void renew(ViewState state) {
        Snapshot renewed = new Snapshot(state.id(), state.snapshot(PART), new HashSet<>());
        synchronized (this) {
            former = latest == null || latest.readers().isEmpty() ? null : latest;
            formerSince = System.nanoTime();
            latest = renewed;
            isWanted = false;
        }
    }

    private synchronized boolean mayBeRenewed() {
        if (!isWanted || former == null || former.readers().isEmpty()) {
            return isWanted;
        }
        if (System.nanoTime() - formerSince > patience.toNanos()) {
            former.readers().forEach(feed -> feed.end(CloseReason.LAGGING));
        }
        return false;
    }
}
