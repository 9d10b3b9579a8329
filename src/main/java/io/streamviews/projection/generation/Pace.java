package io.streamviews.projection.generation;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import io.streamviews.postgres.Ticks;
import io.streamviews.projection.ViewSchema;
import java.time.Duration;
import org.apache.kafka.common.errors.InterruptException;
import org.jboss.logging.Logger;

/**
 * How many threads of a build are at work in its first filling, the part in which it could take all processors there are: all of them
 * while nobody uses the live generation, half of them while somebody does. That is told by PostgreSQL's count of scans of the live
 * tables: of those the first filling reads none. Until it has told, somebody is taken to be there, who would notice how it is found
 * out. What has come meanwhile is read by all threads, or the build might never come to its end.
 */
final class Pace implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(Pace.class);

    /** A process of PostgreSQL that is at work tells what it has scanned once a second. */
    private static final Duration TOLD = Duration.ofSeconds(1);

    private static final Duration LOOK = Duration.ofMillis(1_100);
    private static final Duration QUIET = Duration.ofSeconds(3);

    /** By people and by live batches, through whatever process they come; without what instances look at every second. */
    private static final String SCANS =
            """
            SELECT coalesce(sum(pg_stat_get_numscans(c.oid)), 0)::bigint
            FROM pg_class c
            LEFT JOIN pg_index x ON x.indexrelid = c.oid
            JOIN pg_class t ON t.oid = coalesce(x.indrelid, c.oid)
            WHERE t.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = '%s')
              AND t.relname !~ '^(projection_.*|dead_letter|tombstone|derived_view|kept_view|view_source|view_file|generation_part)$'
            """;

    private final ViewSchema target;
    private final String scansOfLive;
    private final int threads;
    private final double mostScans;
    private final Cancellable looking;
    private long scans = -1;
    private long seen;
    private long lastUsed;
    private int atWork;
    private boolean closed;
    private volatile boolean yielding = true;

    /**
     * Looks from now on, until it is closed.
     *
     * @param live the schema of the generation that people read
     */
    Pace(ViewSchema target, String live, BuildConfig config) {
        this.target = target;
        this.scansOfLive = SCANS.formatted(live);
        this.threads = config.threads();
        this.mostScans = config.yieldAbove();
        this.looking = Ticks.every(LOOK, this::look);
    }

    private Uni<Void> look() {
        return target.pool()
                .query(scansOfLive)
                .execute()
                .invoke(rows -> saw(rows.iterator().next().getLong(0), System.nanoTime()))
                .replaceWithVoid();
    }

    private synchronized void saw(long now, long at) {
        if (scans < 0) {
            lastUsed = at - QUIET.toNanos();
        } else if (at - seen < TOLD.toNanos()) {
            // one that is at work need not have told anything
            return;
        } else {
            if (mostScans < 0 || now - scans > mostScans * (at - seen) / 1e9) {
                lastUsed = at;
            }
            leaveTime(!closed && at - lastUsed < QUIET.toNanos());
        }
        scans = now;
        seen = at;
    }

    private void leaveTime(boolean toOthers) {
        if (yielding != toOthers) {
            yielding = toOthers;
            LOG.debugf("%s: %d of %d threads build", target.name(), atOnce(), threads);
            notifyAll();
        }
    }

    /** Whether others are to have what can be left to them. */
    boolean isYielding() {
        return yielding;
    }

    /** So many may be at work. */
    int atOnce() {
        return yielding ? Math.max(1, threads / 2) : threads;
    }

    /** Does it as soon as one more may be at work. */
    void work(Runnable work) {
        enter();
        try {
            work.run();
        } finally {
            leave();
        }
    }

    private synchronized void enter() {
        try {
            while (atWork >= atOnce()) {
                wait();
            }
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
        atWork++;
    }

    private synchronized void leave() {
        atWork--;
        notifyAll();
    }

    /** From now on all threads may be at work. */
    @Override
    public synchronized void close() {
        closed = true;
        looking.cancel();
        leaveTime(false);
    }
}
