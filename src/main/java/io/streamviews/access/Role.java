package io.streamviews.access;

import java.util.Locale;

/** What a client has to be allowed for an operation; in the order of what it may do harm. */
public enum Role {
    /** Nothing: to ask for health, what a problem means, and what there is at all, is for everybody. */
    ANYONE,
    /** Read views, users, their history, metrics and the API's description. */
    READER,
    /** Create, change and delete users and posts. */
    WRITER,
    /** Everything under {@code /api/admin}. */
    OPERATOR;

    /** As tokens, users and settings name it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
