package io.streamviews.feed;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** What live feeds may take. */
@ConfigMapping(prefix = "streamviews.feed")
public interface FeedConfig {

    /** Most feeds that are open at a time in this process. */
    @WithDefault("500")
    int maxOpen();

    /** Most feeds that are open at a time for one client address. */
    @WithDefault("200")
    int maxOpenPerClient();

    /**
     * How long a client may leave what it was sent unread, before it is told and dropped; a tenth of it where others need
     * the room.
     */
    @WithDefault("10s")
    Duration patience();

    /** A comment is sent after so long without an event, so that a dead client is noticed. */
    @WithDefault("15s")
    Duration heartbeat();

    /** Most rows of a derived view that has a feed. */
    @WithDefault("10000")
    int maxRows();

    /** Most bytes of a derived view that has a feed, its rows as JSON. */
    @WithDefault("4M")
    MemorySize maxViewBytes();

    /** What the latest changes of each view that somebody follows may take, encoded, for all its feeds. */
    @WithDefault("4M")
    MemorySize ringBytes();

    /** Threads, each with a consumer, that read for feeds of base views that begin or are behind. */
    @WithDefault("2")
    int catchUpReaders();

    /** What feeds that are behind may have been given to write at a time, all together, before the next is read for. */
    @WithDefault("32M")
    MemorySize catchUpBytes();
}
