package io.streamviews.view;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.Optional;

/** Where lists and views are read, if not on the PostgreSQL that they are written on. */
@ConfigMapping(prefix = "streamviews.read")
public interface ReadConfig {

    /** A hot standby, and only one: what a token saw on one standby another one may not have yet. */
    Optional<String> host();

    @WithDefault("${streamviews.database.port:5432}")
    int port();

    /** Most connections to it. */
    @WithDefault("20")
    int maxSize();

    /** A standby that is further behind is not read. */
    @WithDefault("1s")
    Duration maxLag();
}
