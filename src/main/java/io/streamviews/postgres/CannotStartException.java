package io.streamviews.postgres;

import io.quarkus.runtime.PreventFurtherStepsException;

/**
 * Ends the start with a sentence, and exit code 1. Quarkus' own exception must not be thrown by an observer of the start
 * itself: then no further steps are done, and the process waits for ever, without a word (seen with 3.31.1).
 */
public final class CannotStartException extends RuntimeException {

    private static final long serialVersionUID = 1;

    public CannotStartException(String why) {
        super(why, new PreventFurtherStepsException("Cannot start: " + why, 1));
    }
}
