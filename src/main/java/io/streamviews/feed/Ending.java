package io.streamviews.feed;

/** The last words to a client whose feed ends: an event's name, and the reason for people to read. */
record Ending(String event, String reason) {

    private static final String RESUME = "; resume from the last event's id";

    static final Ending LAGGING = new Ending("lagging", "nothing was read for too long" + RESUME);
    static final Ending CROWDED_OUT =
            new Ending("lagging", "what was sent is left unread, and others need the room" + RESUME);
    static final Ending STOPPED = new Ending("end", "this process stops" + RESUME);
    static final Ending FAILED = new Ending("failure", "broken off" + RESUME);

    static Ending overflow(String reason) {
        return new Ending("overflow", reason);
    }
}
