package io.streamviews.event;

/**
 * The cursor is ahead of this database's transactions: the tables were restored from another server, whose transactions
 * had greater numbers. The relay would pass over all events to come, so it publishes none.
 */
public final class ForeignCursorException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    ForeignCursorException(String transaction) {
        super("relay_cursor is at transaction " + transaction + ", which this database has not reached: expected a"
                + " transaction of its own, found one of the server that the data was restored from");
    }
}
