package io.streamviews.user;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.streamviews.eventlog.MalformedEventException;

/** The key of our events' records: a user's id as text. */
public final class RecordKey {

    private RecordKey() {}

    /** @throws MalformedEventException if there is no key, or it is no id */
    public static long id(byte[] key) {
        if (key == null) {
            throw new MalformedEventException("The record has no key; expected a user's id as text");
        }
        String text = new String(key, UTF_8);
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new MalformedEventException("Expected a user's id as text as the record's key, found " + text, e);
        }
    }

    /** @throws MalformedEventException if the event speaks of another user than its key does */
    public static void check(String field, long key, long body) {
        if (key != body) {
            throw new MalformedEventException(
                    "%s: expected %d as in the record's key, found %d".formatted(field, key, body));
        }
    }
}
