package io.streamviews.projection.generation;

/** No generation can be made of the view files; the message names the file, the line, and what PostgreSQL says. */
public final class WrongViewFilesException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    WrongViewFilesException(String message) {
        super(message);
    }
}
