package io.streamviews.projection;

import java.time.Duration;
import java.util.function.Supplier;

/**
 * What all tasks of a projection have in common.
 *
 * @param writer writes the batches of the generation that was live when a partition was last taken over; what a task that was
 *     taken over before that writes with it is fenced
 * @param troubles is told what keeps batches from being written
 * @param listener is told of batches that were written
 * @param spacing the least time between the beginnings of two batches of a partition, where that is more than usual
 */
record Batching(
        Supplier<BatchWriter> writer,
        WriteFailures troubles,
        ProjectionConfig config,
        BatchListener listener,
        Supplier<Duration> spacing) {}
