package io.streamviews.eventlog;

/** Too many wait for the same thing already: nothing was begun, and it may be asked for again soon. */
public final class BusyException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public BusyException(String message) {
        super(message, null, false, false);
    }
}
