package io.streamviews.projection;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Appends 500 events a second to a log until it is closed, whatever happens to those who read them. */
public final class Load implements AutoCloseable {

    private static final int EVENTS = 50;
    private static final int PERIOD_MS = 100;

    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private final Future<?> appending;

    private Load(RowLog log) {
        appending = clock.scheduleAtFixedRate(() -> log.append(EVENTS), 0, PERIOD_MS, TimeUnit.MILLISECONDS);
    }

    public static Load on(RowLog log) {
        return new Load(log);
    }

    /** Returns when the last event is in the log. */
    @Override
    public void close() {
        clock.shutdown();
        try {
            if (!clock.awaitTermination(1, TimeUnit.MINUTES)) {
                throw new IllegalStateException("The load does not stop");
            }
            if (!appending.isCancelled()) {
                appending.get();
            }
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException("The load broke off", e);
        }
    }
}
