package io.streamviews.postgres;

import java.time.Duration;

/** PostgreSQL has neither done nor refused what it was asked for; whether it still will is not known. */
public final class NoAnswerException extends RuntimeException {

    private static final long serialVersionUID = 1;

    public NoAnswerException(Duration waited) {
        this("PostgreSQL has not answered for %d ms".formatted(waited.toMillis()));
    }

    NoAnswerException(String why) {
        super(why);
    }
}
