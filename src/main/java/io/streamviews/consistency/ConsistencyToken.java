package io.streamviews.consistency;

import io.streamviews.rest.RefusedException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a read must see at least (header {@code Consistency-Token}): writes, each by its entity and version, and records, each
 * by its place in Kafka. Every command answers with the former; views that hold an entity in that version or a later one, or
 * know that it was deleted since, hold the write. Every producer knows the latter; views whose position is past a record
 * have applied it. A token means the same whichever process, service or generation of views it is given to.
 */
public record ConsistencyToken(List<Place> places) {

    public static final String HEADER = "Consistency-Token";

    private static final int MAX_PLACES = 1_000;
    private static final Pattern WRITE = Pattern.compile("([a-z]{1,32}):(\\d{1,18}):(\\d{1,18})");
    private static final Pattern RECORD = Pattern.compile("([\\w.-]{1,249})/(\\d{1,9})/(\\d{1,18})");

    /** One of the things that a read must see. */
    public sealed interface Place {}

    /** @param type the aggregate's, as in the event log */
    public record Write(String type, long id, long version) implements Place {

        @Override
        public String toString() {
            return type + ":" + id + ":" + version;
        }
    }

    /** A record of a topic, by its own offset. */
    public record RecordPlace(String topic, int partition, long offset) implements Place {

        @Override
        public String toString() {
            return topic + "/" + partition + "/" + offset;
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
        List<Place> places = headers.stream()
                .flatMap(header -> Stream.of(header.split(",", -1)))
                .map(text -> place(text.strip()))
                .distinct()
                .toList();
        if (places.size() > MAX_PLACES) {
            throw RefusedException.violation(HEADER, "must not name more than " + MAX_PLACES + " writes");
        }
        return new ConsistencyToken(places);
    }

    private static Place place(String text) {
        Matcher write = WRITE.matcher(text);
        if (write.matches()) {
            return new Write(write.group(1), Long.parseLong(write.group(2)), Long.parseLong(write.group(3)));
        }
        Matcher record = RECORD.matcher(text);
        if (record.matches()) {
            return new RecordPlace(record.group(1), Integer.parseInt(record.group(2)), Long.parseLong(record.group(3)));
        }
        throw RefusedException.violation(
                HEADER,
                "must be as a command's answer has it, such as user:17:1, or a record's place, such as orders/3/1207");
    }

    /** The header's value. */
    @Override
    public String toString() {
        return places.stream().map(Place::toString).collect(Collectors.joining(","));
    }
}
