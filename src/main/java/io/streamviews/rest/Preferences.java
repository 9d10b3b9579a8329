package io.streamviews.rest;

import jakarta.ws.rs.core.MultivaluedMap;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a client would like to have (header {@code Prefer}, RFC 7240). Of a preference that is there twice the first counts; its
 * parameters do not.
 */
public final class Preferences {

    public static final String HEADER = "Prefer";
    public static final String APPLIED = "Preference-Applied";
    public static final String RETURN = "return";
    public static final String MINIMAL = "minimal";

    private Preferences() {}

    /** Whether a command is to be answered without the entity. */
    public static boolean areBrief(MultivaluedMap<String, String> headers) {
        return of(headers, RETURN).filter(MINIMAL::equals).isPresent();
    }

    /** The value that a request has for a preference; empty if it says nothing of it. */
    public static Optional<String> of(MultivaluedMap<String, String> headers, String name) {
        List<String> lines = headers.get(HEADER);
        return lines == null
                ? Optional.empty()
                : lines.stream()
                        .flatMap(line -> Stream.of(line.split(",")))
                        .map(one -> one.split(";", 2)[0].split("=", 2))
                        .filter(one -> one[0].strip().equalsIgnoreCase(name))
                        .findFirst()
                        .map(one -> one.length == 1 ? "" : unquoted(one[1].strip()));
    }

    private static String unquoted(String word) {
        return word.length() > 1 && word.startsWith("\"") && word.endsWith("\"")
                ? word.substring(1, word.length() - 1)
                : word;
    }
}
