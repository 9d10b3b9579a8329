package io.streamviews.feed;

/**
 * A change that stands in a topic.
 *
 * @param after where a feed is that has been told of all up to and including this
 * @param event null for the place where a tail has begun
 */
record TopicEvent(int partition, long offset, FeedPosition after, SseEvent event) {

    /** What the places and the objects around an event cost, about. */
    private static final int OVERHEAD = 300;

    static TopicEvent origin(FeedPosition position) {
        return new TopicEvent(0, -1, position, null);
    }

    int size() {
        return event.bytes().length + OVERHEAD;
    }
}
