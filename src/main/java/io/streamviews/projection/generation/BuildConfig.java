package io.streamviews.projection.generation;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How a generation is filled beside the live one: larger batches than live, since nobody waits for a row. */
@ConfigMapping(prefix = "streamviews.rebuild")
public interface BuildConfig {

    /** Threads that fill, each with its share of the partitions. */
    @WithDefault("2")
    int threads();

    /**
     * Scans of the live views' tables and indexes in a second, by readers and batches, above which the first filling leaves half of its
     * threads' time to them. PostgreSQL's processes tell what they have scanned once a second: it is about so many. Negative: always.
     */
    @WithDefault("50")
    long yieldAbove();

    /** Events after which what has been read is written. */
    @WithDefault("3000")
    int batchMaxRows();

    /** Bytes of events after which what has been read is written. */
    @WithDefault("8388608")
    long batchMaxBytes();

    /**
     * The least time between the beginnings of two live batches of a partition while a rebuild is at work, unless they are full or
     * come after a rest: a transaction costs much more than a row, and the rebuild needs the processors.
     */
    @WithDefault("PT0.2S")
    Duration liveBatchInterval();

    /** Processes that may fail or die over one rebuild, one after the other, until it is given up. */
    @WithDefault("10")
    int maxAttempts();

    /**
     * How long a rebuild of other view files than an instance's must have been without a sign of life for that instance to cancel it.
     * Longer than the longest pause between two attempts, of 64 s.
     */
    @WithDefault("PT90S")
    Duration leftAfter();
}
