package io.streamviews.bench;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;

/**
 * Watches how far the views are behind what commands have committed, ten times a second: the lag is the time since the
 * log held no more than the views hold now.
 */
final class LagSampler implements AutoCloseable {

    private static final String LAST_ID = "SELECT coalesce(max(id), 0) FROM public.event_log";

    /** The log's length by its last id: counting it would take the machine's time from what is measured. */
    private static final String STATE =
            "SELECT (" + LAST_ID + ") - %d," + " (SELECT coalesce(sum(next_offset), 0) FROM views.projection_position)";

    /** Ids without an event so far. One that is added later would show as an event that never arrives. */
    private static final String GAPS = "SELECT (" + LAST_ID + ") - (SELECT count(*) FROM public.event_log)";

    private static final int WIDTH = 60;

    private final Thread thread = new Thread(this::sample, "lag");
    private final String jdbcUrl;
    private final TreeMap<Long, Double> logged = new TreeMap<>();
    private final List<double[]> samples = new CopyOnWriteArrayList<>();
    private volatile boolean stopped;

    LagSampler(String jdbcUrl) {
        this.jdbcUrl = jdbcUrl;
        thread.start();
    }

    private void sample() {
        try (Connection connection = DriverManager.getConnection(jdbcUrl, "postgres", "");
                Statement statement = connection.createStatement()) {
            long gaps;
            try (ResultSet row = statement.executeQuery(GAPS)) {
                row.next();
                gaps = row.getLong(1);
            }
            long start = System.nanoTime();
            while (!stopped) {
                try (ResultSet row = statement.executeQuery(STATE.formatted(gaps))) {
                    row.next();
                    double seconds = (System.nanoTime() - start) / 1e9;
                    long events = row.getLong(1);
                    long rows = row.getLong(2);
                    logged.put(events, seconds);
                    samples.add(new double[] {seconds, events, rows, lag(rows, events, seconds)});
                }
                LockSupport.parkNanos(100_000_000);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Of equal counts the last sample is kept, so a log that rests is not behind. */
    private double lag(long inViews, long inLog, double now) {
        if (inViews >= inLog) {
            return 0;
        }
        var caughtUp = logged.floorEntry(inViews);
        return now - (caughtUp == null ? 0 : caughtUp.getValue());
    }

    double maxSeconds() {
        return samples.stream().mapToDouble(sample -> sample[3]).max().orElse(0);
    }

    /** The largest lag of each second. */
    String chart() {
        StringBuilder chart = new StringBuilder();
        double max = Math.max(1, maxSeconds());
        for (int second = 0; second <= (samples.isEmpty() ? -1 : samples.get(samples.size() - 1)[0]); second++) {
            double lag = 0;
            double events = 0;
            double rows = 0;
            for (double[] sample : samples) {
                if ((int) sample[0] == second) {
                    lag = Math.max(lag, sample[3]);
                    events = sample[1];
                    rows = sample[2];
                }
            }
            chart.append("%4d s  %,9.0f logged  %,9.0f in the views  %5.2f s behind %s%n"
                    .formatted(second, events, rows, lag, "#".repeat((int) Math.round(lag / max * WIDTH))));
        }
        return chart.toString();
    }

    @Override
    public void close() {
        stopped = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
