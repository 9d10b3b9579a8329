package io.streamviews.projection;

/** The projection is paused: the batch changed nothing, and is written once it is resumed. */
final class PausedException extends RuntimeException {

    private static final long serialVersionUID = 1;

    PausedException() {
        super("The projection is paused", null, false, false);
    }
}
