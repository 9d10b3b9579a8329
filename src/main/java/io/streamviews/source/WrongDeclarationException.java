package io.streamviews.source;

/** A declaration that cannot be followed; the message says in one sentence what is wrong with it. */
public final class WrongDeclarationException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public WrongDeclarationException(String message) {
        super(message);
    }
}
