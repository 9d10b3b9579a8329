package io.streamviews.source;

import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Names and texts in SQL. */
public final class Identifiers {

    private Identifiers() {}

    /** A text as a literal. */
    public static String literal(String text) {
        return '\'' + text.replace("'", "''") + '\'';
    }

    /** Texts as an array of literals. */
    public static String array(Stream<String> texts) {
        return texts.map(Identifiers::literal).collect(Collectors.joining(", ", "ARRAY[", "]::text[]"));
    }

    /** A name of anything, quoted. */
    public static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }
}
