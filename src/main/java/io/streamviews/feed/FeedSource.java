package io.streamviews.feed;

/** Where a feed's events come from. Used on the feed's event loop alone, which it never blocks. */
interface FeedSource {

    /**
     * What is to be sent next: an event, or a part of one that is too long for one piece; never changed. Null if there is
     * nothing just now: then the feed is woken when there may be.
     */
    byte[] next();

    /** Whether what has been handed out ends with an event. */
    boolean isBetweenEvents();

    /** How many bytes this has that it shares with no other feed, and has not handed out. Asked by any thread. */
    int ownBytes();

    void close();
}
