package io.streamviews.source;

/** A value that a type does not take; the message says what was expected. Costs no stack trace: it is told at once. */
final class Unfit extends RuntimeException {

    private static final long serialVersionUID = 1L;

    Unfit(String expected) {
        super(expected, null, false, false);
    }
}
