package io.streamviews.feed;

import io.streamviews.feed.EventStream.GoneException;
import io.streamviews.feed.EventStream.SlowClientException;

/** Where a feed's events come from. Used by the feed's thread alone, which it may block. */
interface Source extends AutoCloseable {

    /** Writes the first events: where the feed begins. */
    void begin(EventStream client) throws SlowClientException, GoneException, InterruptedException;

    /** Writes what has been committed since, or waits for a commit, but no longer than until the heartbeat is due. */
    void next(EventStream client) throws SlowClientException, GoneException, InterruptedException;

    @Override
    void close();
}
