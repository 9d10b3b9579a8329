package io.streamviews.eventlog;

/** An event that breaks the format's rules and can never be applied; the message says which rule, and where. */
public final class MalformedEventException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public MalformedEventException(String message) {
        super(message);
    }

    public MalformedEventException(String message, Throwable cause) {
        super(message, cause);
    }
}
