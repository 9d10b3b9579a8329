package io.streamviews.source;

/** Names in SQL. */
public final class Identifiers {

    private Identifiers() {}

    /** A text as a literal. */
    public static String literal(String text) {
        return '\'' + text.replace("'", "''") + '\'';
    }

    /** A name of anything, quoted. */
    public static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }
}
