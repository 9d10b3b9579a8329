package io.streamviews.feed;

import io.streamviews.consistency.CommitCounter;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Looks at a derived view after commits for all feeds of it, and keeps, each once and encoded, the differences between
 * the latest states, in a ring that is bounded in bytes, and the whole to begin with. Who is behind the ring is told the
 * whole again; so is everybody where a difference is long, and who is behind when a person is forgotten: the ring held what
 * went with that person.
 */
final class ViewTail extends Tail {

    /** After a look at the view; as long as the look itself, if that is longer. */
    private static final long REST_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private static final Duration IDLE = Duration.ofSeconds(1);
    private static final int LONG = 1 << 18;

    private final Committed committed;
    private final CommitCounter commits;
    private final FeedConfig config;
    private final RingBuffer<Difference> ring;
    private final Snapshots snapshots;

    ViewTail(String view, Committed committed, CommitCounter commits, FeedConfig config) {
        super(view);
        this.committed = committed;
        this.commits = commits;
        this.config = config;
        this.ring = new RingBuffer<>(config.ringBytes().asLongValue());
        this.snapshots = new Snapshots(config.patience());
    }

    /**
     * What makes the next state of the one before.
     *
     * @param id of the next state
     * @param bytes null for the state that the ring begins at
     */
    record Difference(String id, byte[] bytes) {}

    RingBuffer<Difference> ring() {
        return ring;
    }

    Snapshots snapshots() {
        return snapshots;
    }

    @Override
    CloseReason follow() throws InterruptedException {
        long known = commits.count();
        // here and below it is asked before the rows are read: those are without who has gone by then
        long arrivals = committed.erased().arrivals();
        ViewState state = ViewState.of(view, committed.rows(view, config));
        ring.restart(new Difference(state.id(), null));
        snapshots.renew(state);
        becomeReady();
        long took = 0;
        while (!isStopped()) {
            TimeUnit.NANOSECONDS.sleep(Math.max(REST_NANOS, took));
            known = commits.await(known, IDLE);
            long began = System.nanoTime();
            long gone = committed.erased().arrivals();
            Map<String, Integer> rows = committed.rows(view, config);
            took = System.nanoTime() - began;
            boolean isChanged = !rows.equals(state.rows());
            if (isChanged) {
                state = tell(state, ViewState.of(view, rows));
            }
            if (gone != arrivals) {
                arrivals = gone;
                ring.restart(new Difference(state.id(), null));
                snapshots.renew(state);
                wakeAll();
            }
            if (snapshots.renewIfWanted(state) || isChanged) {
                wakeAll();
            }
        }
        return CloseReason.STOPPED;
    }

    private ViewState tell(ViewState before, ViewState now) {
        byte[] difference = now.since(before);
        if (difference.length > LONG) {
            ring.restart(new Difference(now.id(), null));
        } else {
            ring.add(new Difference(now.id(), difference), difference.length);
        }
        return now;
    }
}
