package io.streamviews.feed;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** What live feeds may take. */
@ConfigMapping(prefix = "streamviews.feed")
public interface FeedConfig {

    /** Most feeds that are open at a time in this process; each has a thread and, on a base view, a consumer. */
    @WithDefault("100")
    int maxOpen();

    /** How long a client may leave what it was sent unread, before it is told and dropped. */
    @WithDefault("10s")
    Duration patience();

    /** A comment is sent after so long without an event, so that a dead client is noticed. */
    @WithDefault("15s")
    Duration heartbeat();

    /** Most rows of a derived view that has a feed. */
    @WithDefault("10000")
    int maxRows();
}
