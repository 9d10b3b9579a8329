package io.streamviews.eventlog;

/** Others changed the aggregate at the same time, again and again; nothing was done. */
public final class ConflictException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    ConflictException(Throwable cause) {
        super("Changed by others at the same time, again and again; nothing was done, try again", cause);
    }
}
