package io.streamviews.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.streamviews.source.Declaration.Envelope;
import io.streamviews.source.Declaration.KeyFormat;
import io.streamviews.source.JsonTree.Target;
import io.streamviews.source.Location.Part;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.header.Header;

/** Reads what a record asks of a base view. Immutable. */
final class RecordReader {

    private static final String CREATED = "_CREATED";
    private static final String UPDATED = "_UPDATED";
    private static final String DELETED = "_DELETED";

    private final String table;
    private final List<Column> key;
    private final List<Column> columns;
    private final boolean isEvent;
    private final KeyFormat keyFormat;
    private final Location recordKey;
    private final Set<String> deletedBy;
    private final boolean isVersioned;
    private final JsonTree value = new JsonTree();
    private final JsonTree keyDocument = new JsonTree();
    private final JsonTree tombstoneKey = new JsonTree();
    private final List<Target> wholeKey = new ArrayList<>();
    private final List<Target> headers = new ArrayList<>();
    private final List<Target> timestamps = new ArrayList<>();
    private final boolean isKeyInKey;
    private final int deleted;
    private final int version;
    private final int repeatedKey;
    private final int slots;

    RecordReader(String table, List<Column> key, List<Column> columns, Declaration source) {
        this.table = table;
        this.key = key;
        this.columns = columns;
        this.isEvent = source.envelope() == Envelope.STREAMVIEWS;
        this.keyFormat = source.keyFormat();
        this.recordKey = source.recordKey() == null ? null : inValue(source.recordKey());
        this.deletedBy = source.deleted() == null ? Set.of() : source.deleted().values();
        int slot = 0;
        for (Column column : key) {
            add(column, slot++);
        }
        for (Column column : columns) {
            add(column, slot++);
        }
        this.isKeyInKey = key.stream().allMatch(column -> column.from().get(0).part() == Part.KEY);
        if (!isKeyInKey && recordKey == null) {
            for (int i = 0; i < key.size(); i++) {
                tombstoneKey.add(new Target(
                        i,
                        name(key.get(i).name()),
                        Location.member(key.get(i).name()),
                        key.get(i).type()));
            }
        }
        this.deleted = slot++;
        this.version = slot++;
        this.repeatedKey = slot++;
        this.slots = slot;
        String versionAt = source.version() == null && isEvent ? "/version" : source.version();
        this.isVersioned = versionAt != null;
        if (isVersioned) {
            addControl(version, "the version", inValue(versionAt), ColumnType.VERSION);
        }
        if (isEvent) {
            addControl(deleted, "the event's type", Location.of("/eventType"), ColumnType.LABEL);
        } else if (source.deleted() != null) {
            addControl(
                    deleted,
                    "what says that it is deleted",
                    Location.of(source.deleted().path()),
                    ColumnType.LABEL);
        }
        if (recordKey != null) {
            addControl(repeatedKey, "the record's key", recordKey, ColumnType.LABEL);
        }
    }

    private static Location inValue(String place) {
        Location location = Location.of(place);
        if (location.part() != Part.VALUE) {
            throw new WrongDeclarationException("expected a JSON Pointer, found \"%s\"".formatted(place));
        }
        return location;
    }

    private void add(Column column, int slot) {
        for (Location from : column.from()) {
            add(new Target(slot, name(column.name()), from, column.type()));
        }
    }

    private void addControl(int slot, String what, Location from, ColumnType type) {
        add(new Target(slot, table + ": " + what, from, type));
    }

    private void add(Target target) {
        switch (target.from().part()) {
            case VALUE -> value.add(target);
            case HEADER -> headers.add(target);
            case TIMESTAMP -> timestamps.add(target);
            case KEY -> {
                if (target.from().path().isEmpty()) {
                    wholeKey.add(target);
                } else {
                    keyDocument.add(target);
                }
            }
        }
    }

    private String name(String column) {
        return table + "." + column;
    }

    Change read(Message message) {
        Object[] found = new Object[slots];
        if (message.value() == null) {
            return new Change.Tombstone(tombstone(message, found));
        }
        readOutside(message, found, false);
        value.read(message.value(), found, false);
        checkKey(message, found);
        long at = version(found);
        RowKey row = key(found);
        if (isDeleted(found)) {
            return new Change.Delete(row, at);
        }
        Object[] values = new Object[columns.size()];
        for (int i = 0; i < values.length; i++) {
            Column column = columns.get(i);
            Object read = found[key.size() + i];
            if (column.blankIsNull() && read instanceof String text && text.isBlank()) {
                read = null;
            }
            if (read == null && column.required()) {
                throw missing(name(column.name()), column.from());
            }
            values[i] = read;
        }
        return new Change.Upsert(row, at, values);
    }

    RowKey rowOf(Message message) {
        try {
            Object[] found = new Object[slots];
            if (message.value() == null) {
                return tombstone(message, found);
            }
            readOutside(message, found, true);
            if (!isKeyInKey) {
                value.read(message.value(), found, true);
                checkKey(message, found);
            }
            return key(found);
        } catch (MalformedRecordException unknown) {
            return null;
        }
    }

    /** All but what stands in the value. */
    private void readOutside(Message message, Object[] found, boolean lenient) {
        if (!wholeKey.isEmpty()) {
            String text = keyText(message);
            for (Target target : wholeKey) {
                found[target.slot()] = parse(target, text, lenient);
            }
        }
        if (!keyDocument.isEmpty() && message.key() != null) {
            keyDocument.read(message.key(), found, lenient);
        }
        for (Target target : headers) {
            Header header = message.headers().lastHeader(target.from().path().get(0));
            found[target.slot()] = header == null || header.value() == null
                    ? null
                    : parse(target, new String(header.value(), UTF_8), lenient);
        }
        for (Target target : timestamps) {
            found[target.slot()] = parse(
                    target, java.time.Instant.ofEpochMilli(message.timestamp()).toString(), lenient);
        }
    }

    private static Object parse(Target target, String text, boolean lenient) {
        if (text == null) {
            return null;
        }
        try {
            return target.type().parse(text);
        } catch (Unfit e) {
            if (lenient) {
                return null;
            }
            throw JsonTree.unfit(target, e, '"' + JsonTree.beginning(text) + '"');
        }
    }

    /** The record's key as text; null if there is none. */
    private String keyText(Message message) {
        byte[] bytes = message.key();
        if (bytes == null || keyFormat == KeyFormat.TEXT) {
            return bytes == null ? null : new String(bytes, UTF_8);
        }
        if (bytes.length != Long.BYTES) {
            throw new MalformedRecordException(
                    "%s: expected a record's key of 8 bytes, found %d".formatted(table, bytes.length));
        }
        return Long.toString(ByteBuffer.wrap(bytes).getLong());
    }

    private RowKey tombstone(Message message, Object[] found) {
        if (message.key() == null) {
            throw new MalformedRecordException("%s: a record without key and value says nothing".formatted(table));
        }
        if (isKeyInKey) {
            readOutside(message, found, false);
        } else if (recordKey != null) {
            throw new MalformedRecordException("%s: a tombstone for %s does not say which row it means"
                    .formatted(table, JsonTree.beginning(String.valueOf(keyText(message)))));
        } else if (message.key().length > 0 && message.key()[0] == '{') {
            tombstoneKey.read(message.key(), found, false);
        } else if (key.size() == 1) {
            Column only = key.get(0);
            found[0] =
                    parse(new Target(0, name(only.name()), Location.of("key"), only.type()), keyText(message), false);
        }
        return key(found);
    }

    private void checkKey(Message message, Object[] found) {
        if (recordKey == null) {
            return;
        }
        String is = keyText(message);
        if (is == null || !is.equals(found[repeatedKey])) {
            throw new MalformedRecordException("%s: expected the record's key %s at %s, found %s"
                    .formatted(
                            table,
                            is == null ? "(there is none)" : JsonTree.beginning(is),
                            recordKey,
                            found[repeatedKey] == null
                                    ? "nothing"
                                    : JsonTree.beginning(found[repeatedKey].toString())));
        }
    }

    private long version(Object[] found) {
        if (!isVersioned) {
            return 0;
        }
        if (!(found[version] instanceof Long number) || number < 0) {
            throw new MalformedRecordException("%s: expected a version of at least 0, found %s"
                    .formatted(table, found[version] == null ? "none" : found[version]));
        }
        return number;
    }

    private boolean isDeleted(Object[] found) {
        if (!isEvent) {
            return found[deleted] != null && deletedBy.contains(found[deleted].toString());
        }
        String type = found[deleted] instanceof String text ? text : "nothing";
        if (type.endsWith(DELETED)) {
            return true;
        }
        if (!type.endsWith(CREATED) && !type.endsWith(UPDATED)) {
            throw new MalformedRecordException("%s: expected a type that ends with %s, %s or %s at /eventType, found %s"
                    .formatted(table, CREATED, UPDATED, DELETED, JsonTree.beginning(type)));
        }
        return false;
    }

    private RowKey key(Object[] found) {
        Comparable<?>[] values = new Comparable<?>[key.size()];
        for (int i = 0; i < values.length; i++) {
            if (!(found[i] instanceof Comparable<?> part)) {
                throw missing(name(key.get(i).name()), key.get(i).from());
            }
            values[i] = part;
        }
        return new RowKey(values);
    }

    private static MalformedRecordException missing(String name, List<Location> from) {
        return new MalformedRecordException("%s: expected a value at %s, found nothing"
                .formatted(
                        name,
                        String.join(
                                " or ", from.stream().map(Location::toString).toList())));
    }
}
