package io.streamviews.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.streamviews.source.Declaration.KeyFormat;
import io.streamviews.source.Location.Part;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A record's key: columns can be read from it, and where there is no value it alone says which row is meant. In a key that
 * is an object, a column of the view's key is looked for under the name that it has in the value.
 */
final class RecordKey {

    private final Slots slots;
    private final KeyFormat format;
    private final List<Target> whole;
    private final ConnectJson document;
    private final ConnectJson identity;
    private final boolean isWholeIdentity;

    RecordKey(Slots slots, KeyFormat format) {
        this.slots = slots;
        this.format = format;
        List<Target> read = slots.in(Part.KEY);
        boolean isJson = format == KeyFormat.JSON;
        this.whole = read.stream()
                .filter(target -> !isJson && target.from().path().isEmpty())
                .toList();
        this.document = new ConnectJson(read.stream()
                .filter(target -> !whole.contains(target))
                .map(target -> new ConnectJson.Placed(List.of(), target))
                .toList());
        List<ConnectJson.Placed> members = new ArrayList<>();
        for (int i = 0; i < slots.key().size(); i++) {
            Column column = slots.key().get(i);
            for (Location from : inKey(column)) {
                members.add(new ConnectJson.Placed(List.of(), new Target(i, slots.name(column), from, column.type())));
            }
        }
        this.identity = new ConnectJson(members);
        this.isWholeIdentity =
                slots.key().stream().allMatch(column -> column.from().get(0).part() == Part.KEY);
    }

    /** Where a column of the view's key is looked for in a record's key. */
    private static List<Location> inKey(Column column) {
        return column.from().stream()
                .flatMap(from -> from.part() == Part.KEY
                        ? Stream.of(from)
                        : Stream.of(
                                        from.path().isEmpty()
                                                ? column.name()
                                                : from.path().get(from.path().size() - 1),
                                        column.name(),
                                        Location.camelCase(column.name()))
                                .map(name -> Location.at(Part.KEY, name)))
                .filter(from -> !from.path().isEmpty())
                .distinct()
                .toList();
    }

    /** Whether a record's key has all of the view's key, so that its value need not be looked at for it. */
    boolean isWholeIdentity() {
        return isWholeIdentity;
    }

    /** The key as text; null if there is none. */
    String text(Message message) {
        byte[] bytes = message.key();
        if (bytes == null || format != KeyFormat.LONG) {
            return bytes == null ? null : new String(bytes, UTF_8);
        }
        if (bytes.length != Long.BYTES) {
            throw slots.malformed("expected a record's key of 8 bytes, found %d".formatted(bytes.length));
        }
        return Long.toString(ByteBuffer.wrap(bytes).getLong());
    }

    /** Reads what the view has from a record's key. */
    void read(Message message, Object[] found, boolean lenient) {
        if (!whole.isEmpty()) {
            String text = text(message);
            for (Target target : whole) {
                found[target.slot()] = target.parse(text, lenient);
            }
        }
        if (!document.isEmpty() && message.key() != null) {
            document.read(message.key(), found, lenient);
        }
    }

    /**
     * Finds what is still missing of the view's key in the record's key, which alone says which row is meant.
     *
     * @throws MalformedRecordException if it does not
     */
    void identify(Message message, Object[] found) {
        if (message.key() == null) {
            throw slots.malformed("a record without a key does not say which row is gone");
        }
        if (format != KeyFormat.LONG && isObject(message.key())) {
            if (!identity.isEmpty()) {
                identity.read(message.key(), found, false);
            }
        } else if (slots.key().size() == 1 && found[0] == null) {
            Column only = slots.key().get(0);
            Target target = new Target(0, slots.name(only), Location.at(Part.KEY), only.type());
            if (format == KeyFormat.JSON) {
                JsonTree scalar = new JsonTree();
                scalar.add(target);
                scalar.read(message.key(), found, false);
            } else {
                found[0] = target.parse(text(message), false);
            }
        }
        for (int i = 0; i < slots.key().size(); i++) {
            if (found[i] == null) {
                Column column = slots.key().get(i);
                List<Location> looked = inKey(column);
                throw slots.missing(column, looked.isEmpty() ? column.from() : looked);
            }
        }
    }

    private static boolean isObject(byte[] key) {
        int at = 0;
        while (at < key.length && (key[at] == ' ' || key[at] == '\n' || key[at] == '\t' || key[at] == '\r')) {
            at++;
        }
        return at < key.length && key[at] == '{';
    }
}
