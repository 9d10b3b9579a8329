package io.streamviews.projection;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;

/**
 * What the projection tells about its batches: to the meters, the traces, and those who wait for a commit. Times are counted in
 * buckets, not as quantiles, so that those of several instances can be added up.
 */
final class ProjectionMetrics implements BatchListener {

    /** Events of a large batch whose latency is taken, evenly spread: all of them would cost as much as parsing does. */
    private static final int SAMPLES = 50;

    private static final double[] SIZES = {1, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000};
    private static final Duration[] FLUSH_TIMES =
            millis(1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 30_000);
    private static final Duration[] LATENCIES = millis(
            5, 10, 20, 30, 50, 75, 100, 150, 200, 300, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 600_000);

    private final DistributionSummary batchSize;
    private final Timer flush;
    private final Timer eventToRow;
    private final Counter deadLetters;
    private final Counter retries;

    ProjectionMetrics(MeterRegistry registry) {
        batchSize = DistributionSummary.builder("streamviews.projection.batch.size")
                .description("Events of a batch")
                .baseUnit("events")
                .serviceLevelObjectives(SIZES)
                .register(registry);
        flush = Timer.builder("streamviews.projection.flush")
                .description("Time that a batch's transaction takes")
                .serviceLevelObjectives(FLUSH_TIMES)
                .register(registry);
        eventToRow = Timer.builder("streamviews.projection.event.to.row")
                .description("Time from an event's time stamp to the commit that shows it")
                .serviceLevelObjectives(LATENCIES)
                .register(registry);
        deadLetters = Counter.builder("streamviews.projection.dead.letters")
                .description("Events that became dead letters")
                .register(registry);
        retries = Counter.builder("streamviews.projection.retries")
                .description("Attempts to write a batch that failed")
                .register(registry);
    }

    @Override
    public void committed(WriteBatch batch, long startNanos) {
        if (batch.rows() == 0) {
            return;
        }
        batchSize.record(batch.rows());
        flush.record(System.nanoTime() - startNanos, TimeUnit.NANOSECONDS);
        deadLetters.increment(batch.deadLetters().size());
        long now = System.currentTimeMillis();
        List<TopicRecord> records = batch.records();
        int step = 1 + records.size() / SAMPLES;
        for (int i = 0; i < records.size(); i += step) {
            eventToRow.record(Math.max(0, now - records.get(i).message().timestamp()), TimeUnit.MILLISECONDS);
        }
    }

    @Override
    public void retried() {
        retries.increment();
    }

    private static Duration[] millis(long... millis) {
        return LongStream.of(millis).mapToObj(Duration::ofMillis).toArray(Duration[]::new);
    }
}
