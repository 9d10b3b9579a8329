package io.streamviews.consistency;

import io.streamviews.rest.RefusedException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a read must see at least (header {@code Consistency-Token}): writes, each by its entity and version. Every command
 * answers with one; views that hold an entity in that version or a later one, or know that it was deleted since, hold the
 * write. It means the same whichever process, service or generation of views it is given to.
 */
public record ConsistencyToken(List<Write> writes) {

    public static final String HEADER = "Consistency-Token";

    private static final int MAX_WRITES = 1_000;
    private static final Pattern WRITE = Pattern.compile("\\s*([a-z]{1,32}):(\\d{1,18}):(\\d{1,18})\\s*");

    /** @param type the aggregate's, as in the event log */
    public record Write(String type, long id, long version) {

        @Override
        public String toString() {
            return type + ":" + id + ":" + version;
        }
    }

    public static ConsistencyToken of(String type, long id, long version) {
        return new ConsistencyToken(List.of(new Write(type, id, version)));
    }

    /**
     * @param headers the header's lines, each with one or more tokens; all of them count
     * @throws RefusedException (400) if one of them is no token
     */
    public static ConsistencyToken of(List<String> headers) {
        List<Write> writes = headers.stream()
                .flatMap(header -> Stream.of(header.split(",", -1)))
                .map(ConsistencyToken::write)
                .distinct()
                .toList();
        if (writes.size() > MAX_WRITES) {
            throw RefusedException.violation(HEADER, "must not name more than " + MAX_WRITES + " writes");
        }
        return new ConsistencyToken(writes);
    }

    private static Write write(String text) {
        Matcher write = WRITE.matcher(text);
        if (!write.matches()) {
            throw RefusedException.violation(HEADER, "must be as a command's answer has it, such as user:17:1");
        }
        return new Write(write.group(1), Long.parseLong(write.group(2)), Long.parseLong(write.group(3)));
    }

    /** The header's value. */
    @Override
    public String toString() {
        return writes.stream().map(Write::toString).collect(Collectors.joining(","));
    }
}
