package io.streamviews.eventlog;

/** Every attempt lost its race against another change of the same aggregate; nothing was done. */
public final class ConflictException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    ConflictException(Throwable cause) {
        super("Changed by others at the same time, again and again; nothing was done, try again", cause);
    }
}
