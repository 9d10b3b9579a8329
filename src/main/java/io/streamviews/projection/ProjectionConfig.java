package io.streamviews.projection;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How the projection batches and how long it waits. */
@ConfigMapping(prefix = "streamviews.projection")
public interface ProjectionConfig {

    /** Whether this process projects at all. */
    @WithDefault("true")
    boolean enabled();

    /** Events after which a batch is full. */
    @WithDefault("2000")
    int batchMaxRows();

    /**
     * The least time between the beginnings of two batches of a partition, unless the second one is full: what a row waits
     * at most for others under a steady load. One that comes after a rest does not wait.
     */
    @WithDefault("20ms")
    Duration batchInterval();

    /** Bytes of events after which a batch is full. */
    @WithDefault("4194304")
    long batchMaxBytes();

    /**
     * How long PostgreSQL may take for one statement of a batch. It gives up waiting for a lock after half of it; a
     * connection that has not answered for twice as long is closed. What was cut short is tried again, as it was: a batch
     * that always needs longer needs a longer time-out, or fewer rows.
     */
    @WithDefault("30s")
    Duration writeTimeout();

    /** The longest pause between two attempts to write a batch, or to take partitions over. */
    @WithDefault("5s")
    Duration retryMaxPause();

    /** Pause between two looks at how far the views are behind. */
    @WithDefault("1s")
    Duration progressInterval();

    /** The longest pause between two counts of the dead letters. */
    @WithDefault("5s")
    Duration deadLetterInterval();

    /** Without progress for this long while there are events to read, the projection is unhealthy. */
    @WithDefault("30s")
    Duration stuckAfter();
}
