package io.streamviews.projection.generation;

import java.util.List;

/** A new generation that people must not get to read; says what is wrong with it. */
public final class RefusedGenerationException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private RefusedGenerationException(String message) {
        super(message, null, false, false);
    }

    public static void ifAny(List<String> found, String message) {
        if (!found.isEmpty()) {
            throw of(found, message);
        }
    }

    static RefusedGenerationException of(List<String> found, String message) {
        return new RefusedGenerationException(message + ": " + String.join("; ", found));
    }
}
