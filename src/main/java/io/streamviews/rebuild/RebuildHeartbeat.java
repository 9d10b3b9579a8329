package io.streamviews.rebuild;

import io.streamviews.projection.generation.GenerationBuild;
import io.streamviews.rebuild.Rebuilds.Report;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Says twice a second that the rebuild is worked on and how far it is, and stops it when it is to be cancelled or somebody
 * else works on it.
 */
final class RebuildHeartbeat implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(RebuildHeartbeat.class);
    private static final Duration INTERVAL = Duration.ofMillis(500);

    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "rebuild-report");
        thread.setDaemon(true);
        return thread;
    });
    private final Rebuild rebuild;
    private final Rebuilds rebuilds;
    private final GenerationBuild build;
    private long lastDone;
    private long rateSince;
    private long rateFrom;
    private volatile boolean cancelRequested;

    private RebuildHeartbeat(Rebuild rebuild, Rebuilds rebuilds, GenerationBuild build) {
        this.rebuild = rebuild;
        this.rebuilds = rebuilds;
        this.build = build;
    }

    static RebuildHeartbeat start(Rebuild rebuild, Rebuilds rebuilds, GenerationBuild build) {
        RebuildHeartbeat report = new RebuildHeartbeat(rebuild, rebuilds, build);
        report.clock.scheduleWithFixedDelay(report::report, 0, INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
        return report;
    }

    boolean isCancelRequested() {
        return cancelRequested;
    }

    private void report() {
        try {
            long done = build.eventsDone();
            Report answer = rebuilds.report(rebuild, done, build.eventsTotal(), rate(done))
                    .await()
                    .indefinitely();
            cancelRequested |= answer == Report.CANCEL;
            if (answer != Report.GO_ON) {
                build.cancel();
            }
        } catch (RuntimeException e) {
            // the next one may say it; whoever misses several takes the rebuild over
            LOG.debugf(e, "Rebuild %d: what it is at cannot be told", rebuild.id());
        }
    }

    /** Over the time in which it was filling for the first time; null while nothing moves. */
    private Long rate(long done) {
        long now = System.nanoTime();
        if (done == lastDone) {
            return null;
        }
        if (lastDone == 0) {
            rateSince = now;
            rateFrom = done;
        }
        lastDone = done;
        long elapsed = now - rateSince;
        return elapsed == 0 ? null : (done - rateFrom) * 1_000_000_000L / elapsed;
    }

    @Override
    public void close() {
        clock.shutdown();
        report();
    }
}
