package io.streamviews.consistency;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Reads that must see a write. */
@ConfigMapping(prefix = "streamviews.consistency")
public interface ConsistencyConfig {

    /** A regular expression for the paths that read the views. */
    String paths();

    /** The longest that a read waits. */
    @WithDefault("2s")
    Duration maxWait();

    /** Writes that reads may wait for at once, in this process. */
    @WithDefault("10000")
    int maxAwaited();
}
