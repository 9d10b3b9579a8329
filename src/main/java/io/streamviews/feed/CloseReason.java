package io.streamviews.feed;

/** The last words to a client whose feed ends: an event's name, and the reason for people to read. */
public record CloseReason(String event, String reason) {

    private static final String RESUME = "; resume from the last event's id";

    public static final CloseReason LAGGING = new CloseReason("lagging", "nothing was read for too long" + RESUME);
    static final CloseReason CROWDED_OUT =
            new CloseReason("lagging", "what was sent is left unread, and others need the room" + RESUME);
    public static final CloseReason STOPPED = new CloseReason("end", "this process stops" + RESUME);
    public static final CloseReason EXPIRED =
            new CloseReason("end", "the token has expired" + RESUME + " with another");
    static final CloseReason CHANGED = new CloseReason("end", "the view, or its topic, is not what it was" + RESUME);
    static final CloseReason FAILED = new CloseReason("failure", "broken off" + RESUME);

    static CloseReason overflow(String reason) {
        return new CloseReason("overflow", reason);
    }
}
