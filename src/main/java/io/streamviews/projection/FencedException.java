package io.streamviews.projection;

/** Somebody else has taken the partition over: what this owner wanted to write changed nothing, and it must stop. */
public final class FencedException extends RuntimeException {

    private static final long serialVersionUID = 1;

    /** Part of life in a group: where it was found out is of no interest. */
    FencedException(String message) {
        super(message, null, false, false);
    }
}
