package io.streamviews.postgres;

/** What is told of a failure. */
public final class Reason {

    private Reason() {}

    /** Its message; what it is, where it has none. */
    public static String of(Throwable failure) {
        return failure.getMessage() == null ? failure.toString() : failure.getMessage();
    }
}
