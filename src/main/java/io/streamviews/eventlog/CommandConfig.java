package io.streamviews.eventlog;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How long and how many commands wait. */
@ConfigMapping(prefix = "streamviews.command")
public interface CommandConfig {

    /** After which a command is answered, whether or not it takes effect. */
    @WithDefault("10s")
    Duration timeout();

    /** Most users that wait for being created. */
    @WithDefault("10000")
    int maxWaiting();

    /** Most commands that wait for one entity. */
    @WithDefault("100")
    int maxWaitingForOne();
}
