package io.streamviews.source;

import com.fasterxml.jackson.core.JsonPointer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Where in a record something stands:
 *
 * <ul>
 *   <li>{@code /a/b}, a JSON Pointer (RFC 6901) into its value; in an envelope, into what that holds: the row, the data
 *   <li>{@code key} the whole of its key, {@code key/a} a pointer into a key that is JSON
 *   <li>{@code header/name} a header
 *   <li>{@code timestamp} Kafka's own
 *   <li>{@code ce/type}, {@code ce/time}, {@code ce/subject}: an attribute of a CloudEvent in either of its modes, extensions
 *       included
 *   <li>{@code envelope/source/lsn}, {@code envelope/ts_ms}: a pointer into what Debezium puts around the row
 * </ul>
 *
 * @param path the pointer's parts; of a header or an attribute, its name
 */
public record Location(Part part, List<String> path) {

    /** What a record has. */
    public enum Part {
        VALUE,
        KEY,
        HEADER,
        TIMESTAMP,
        ATTRIBUTE("ce"),
        ENVELOPE;

        private final String name;

        Part() {
            this.name = name().toLowerCase(Locale.ROOT);
        }

        Part(String name) {
            this.name = name;
        }
    }

    private static final Pattern ATTRIBUTE_NAME = Pattern.compile("[a-z0-9]+");

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
        if (text.startsWith("ce/") && ATTRIBUTE_NAME.matcher(text.substring(3)).matches()) {
            return new Location(Part.ATTRIBUTE, List.of(text.substring(3)));
        }
        if (text.startsWith("envelope/")) {
            return new Location(Part.ENVELOPE, path(text.substring(8), text));
        }
        throw new WrongDeclarationException(
                "\"%s\" is no place in a record: expected a JSON Pointer such as /customer/id, key, key/id, header/name, timestamp, ce/type or envelope/ts_ms"
                        .formatted(text));
    }

    /** A place of which no file says anything. */
    static Location at(Part part, String... path) {
        return new Location(part, List.of(path));
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

    static String camelCase(String name) {
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
        return part == Part.VALUE ? pointer.isEmpty() ? "the whole value" : pointer : part.name + pointer;
    }
}
