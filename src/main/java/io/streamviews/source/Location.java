package io.streamviews.source;

import com.fasterxml.jackson.core.JsonPointer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Where in a record something stands: {@code /a/b} is a JSON Pointer (RFC 6901) into its value, {@code key} the whole of
 * its key, {@code key/a} a pointer into a key that is JSON, {@code header/name} a header, {@code timestamp} Kafka's own.
 *
 * @param path the pointer's parts; of a header, its name
 */
public record Location(Part part, List<String> path) {

    /** What a record has. */
    public enum Part {
        VALUE,
        KEY,
        HEADER,
        TIMESTAMP
    }

    /** @throws WrongDeclarationException if it is none */
    static Location of(String text) {
        if (text.isEmpty() || text.startsWith("/")) {
            return new Location(Part.VALUE, path(text, text));
        }
        if (text.equals("key") || text.startsWith("key/")) {
            return new Location(Part.KEY, path(text.substring(3), text));
        }
        if (text.startsWith("header/") && text.length() > 7) {
            return new Location(Part.HEADER, List.of(text.substring(7)));
        }
        if (text.equals("timestamp")) {
            return new Location(Part.TIMESTAMP, List.of());
        }
        throw new WrongDeclarationException(
                "\"%s\" is no place in a record: expected a JSON Pointer such as /customer/id, key, key/id, header/name or timestamp"
                        .formatted(text));
    }

    static Location member(String name) {
        return new Location(Part.VALUE, List.of(name));
    }

    /** The member of a column's own name, as written or in camel case. */
    static List<Location> ofMember(String root, String column) {
        List<String> path = root == null ? List.of() : path(root, root);
        return Stream.of(column, camelCase(column))
                .distinct()
                .map(name -> new Location(
                        Part.VALUE,
                        Stream.concat(path.stream(), Stream.of(name)).toList()))
                .toList();
    }

    private static String camelCase(String name) {
        return Pattern.compile("(?<=[^_])_+([^_])").matcher(name).replaceAll(end -> end.group(1)
                .toUpperCase(Locale.ROOT));
    }

    private static List<String> path(String pointer, String text) {
        if (pointer.matches(".*~([^01].*|)")) {
            throw new WrongDeclarationException(
                    "\"%s\" is no JSON Pointer: ~ is written ~0, and / in a name ~1".formatted(text));
        }
        List<String> path = new ArrayList<>();
        for (JsonPointer at = JsonPointer.compile(pointer); !at.matches(); at = at.tail()) {
            path.add(at.getMatchingProperty());
        }
        return List.copyOf(path);
    }

    @Override
    public String toString() {
        String pointer = part == Part.HEADER
                ? "/" + path.get(0)
                : path.stream()
                        .map(name -> "/" + name.replace("~", "~0").replace("/", "~1"))
                        .reduce("", String::concat);
        return part == Part.VALUE ? pointer : part.name().toLowerCase(Locale.ROOT) + pointer;
    }
}
