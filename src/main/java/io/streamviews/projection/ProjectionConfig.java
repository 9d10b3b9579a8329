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
    @WithDefault("5000")
    int batchMaxRows();

    /** Bytes of events after which a batch is full. */
    @WithDefault("4194304")
    long batchMaxBytes();

    /**
     * How long a stream thread waits for PostgreSQL, taking a partition over or with a full batch, before it gives its
     * partitions up and starts anew. Must be well under Kafka's {@code max.poll.interval.ms} (300 s).
     */
    @WithDefault("60s")
    Duration stallTimeout();

    /** The longest pause between two attempts to write a batch. */
    @WithDefault("5s")
    Duration retryMaxPause();

    /** Pause between two looks at how far the views are behind. */
    @WithDefault("1s")
    Duration progressInterval();

    /** Without progress for this long while there are events to read, the projection is unhealthy. */
    @WithDefault("30s")
    Duration stuckAfter();
}
