package io.streamviews.postgres;

import io.quarkus.runtime.PreventFurtherStepsException;

/** Ends the application with one message, and status 1. */
final class CannotStart {

    private CannotStart() {}

    static PreventFurtherStepsException because(String why, Object... parts) {
        return new PreventFurtherStepsException("Cannot start: " + why.formatted(parts), 1);
    }
}
