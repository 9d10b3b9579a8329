package io.streamviews.rest;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** What clients may take of this process. */
@ConfigMapping(prefix = "streamviews.limits")
public interface LimitsConfig {

    /** How long a client may leave what it was sent unread, before it is cut. */
    @WithDefault("10s")
    Duration patience();
}
