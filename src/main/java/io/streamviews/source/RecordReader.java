package io.streamviews.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.streamviews.source.Location.Part;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.header.Header;

/** Reads what a record asks of a base view. Safe for all threads. */
final class RecordReader {

    private final Slots slots;
    private final Envelope envelope;
    private final RecordKey recordKey;
    private final SoftDeletion deletion;
    private final Location repeatedAt;
    private final int repeated;
    private final boolean isVersioned;
    private final List<Target> headers;
    private final List<Target> timestamps;

    RecordReader(String table, List<Column> key, List<Column> columns, Declaration source) {
        this.slots = new Slots(table, key, columns);
        boolean isEvent = source.envelope() == Declaration.Envelope.STREAMVIEWS;
        String version = source.version() == null && isEvent ? "/version" : source.version();
        this.isVersioned = version != null;
        if (isVersioned) {
            slots.addVersion(Location.of(version));
        }
        this.repeatedAt = source.recordKey() == null ? null : Location.of(source.recordKey());
        this.repeated = repeatedAt == null ? -1 : slots.add("the record's key", repeatedAt, ColumnType.LABEL);
        this.deletion = new SoftDeletion(slots, source.deleted());
        this.recordKey = new RecordKey(slots, source.keyFormat());
        this.envelope = switch (source.envelope()) {
            case PLAIN, STREAMVIEWS -> new BareEnvelope(slots, isEvent);
            case DEBEZIUM -> new DebeziumEnvelope(slots, recordKey);
            case CLOUDEVENTS -> new CloudEventsEnvelope(slots);
        };
        this.headers = slots.in(Part.HEADER);
        this.timestamps = slots.in(Part.TIMESTAMP);
        refuse(Part.ATTRIBUTE, source.envelope(), Declaration.Envelope.CLOUDEVENTS);
        refuse(Part.ENVELOPE, source.envelope(), Declaration.Envelope.DEBEZIUM);
        refuseElsewhere(repeatedAt);
    }

    private void refuse(Part part, Declaration.Envelope is, Declaration.Envelope only) {
        if (is != only && !slots.in(part).isEmpty()) {
            throw new WrongDeclarationException("\"%s\" is a place in an envelope of another kind"
                    .formatted(slots.in(part).get(0).from()));
        }
    }

    private static void refuseElsewhere(Location repeatedAt) {
        if (repeatedAt != null && !Set.of(Part.VALUE, Part.ATTRIBUTE).contains(repeatedAt.part())) {
            throw new WrongDeclarationException(
                    "expected a JSON Pointer into the value, which repeats the record's key, found \"%s\""
                            .formatted(repeatedAt));
        }
    }

    Change read(Message message) {
        Object[] found = slots.empty();
        if (message.value() == null) {
            return new Change.Tombstone(tombstone(message, found));
        }
        readAround(message, found, false);
        envelope.read(message, found, false);
        boolean isGone = envelope.isDeletion(found) || deletion.isSaid(found);
        checkKey(message, found);
        long version = version(found);
        RowKey row = key(found);
        return isGone ? new Change.Delete(row, version) : new Change.Upsert(row, version, values(found));
    }

    private Object[] values(Object[] found) {
        List<Column> columns = slots.columns();
        Object[] values = new Object[columns.size()];
        int first = slots.key().size();
        for (int i = 0; i < values.length; i++) {
            Column column = columns.get(i);
            Object value = found[first + i];
            if (column.blankIsNull() && value instanceof String text && text.isBlank()) {
                value = null;
            }
            if (value == null && column.required()) {
                throw slots.missing(column, column.from());
            }
            values[i] = value;
        }
        return values;
    }

    RowKey rowOf(Message message) {
        try {
            Object[] found = slots.empty();
            if (message.value() == null) {
                return tombstone(message, found);
            }
            readAround(message, found, true);
            if (!recordKey.isWholeIdentity()) {
                envelope.read(message, found, true);
                checkKey(message, found);
            }
            return key(found);
        } catch (MalformedRecordException unknown) {
            return null;
        }
    }

    /** All but what stands in the value. */
    private void readAround(Message message, Object[] found, boolean lenient) {
        recordKey.read(message, found, lenient);
        for (Target target : headers) {
            Header header = message.headers().lastHeader(target.from().path().get(0));
            found[target.slot()] = header == null || header.value() == null
                    ? null
                    : target.parse(new String(header.value(), UTF_8), lenient);
        }
        for (Target target : timestamps) {
            found[target.slot()] =
                    target.parse(Instant.ofEpochMilli(message.timestamp()).toString(), lenient);
        }
    }

    private RowKey tombstone(Message message, Object[] found) {
        if (message.key() == null) {
            throw slots.malformed("a record without key and value says nothing");
        }
        if (recordKey.isWholeIdentity()) {
            recordKey.read(message, found, false);
        } else if (repeatedAt != null) {
            throw slots.malformed("a tombstone for %s does not say which row it means"
                    .formatted(JsonText.beginning(recordKey.text(message))));
        } else {
            recordKey.identify(message, found);
        }
        return key(found);
    }

    private void checkKey(Message message, Object[] found) {
        if (repeatedAt == null) {
            return;
        }
        String is = recordKey.text(message);
        if (is == null || !is.equals(found[repeated])) {
            throw slots.malformed("expected the record's key %s at %s, found %s"
                    .formatted(
                            is == null ? "(there is none)" : JsonText.beginning(is),
                            repeatedAt,
                            found[repeated] == null ? "nothing" : JsonText.beginning(found[repeated].toString())));
        }
    }

    private long version(Object[] found) {
        if (!isVersioned) {
            return 0;
        }
        if (!(found[slots.version()] instanceof Long number) || number < 0) {
            throw slots.malformed("expected a version of at least 0, found %s"
                    .formatted(found[slots.version()] == null ? "none" : found[slots.version()]));
        }
        return number;
    }

    private RowKey key(Object[] found) {
        List<Column> key = slots.key();
        Comparable<?>[] values = new Comparable<?>[key.size()];
        for (int i = 0; i < values.length; i++) {
            if (!(found[i] instanceof Comparable<?> part)) {
                throw slots.missing(key.get(i), key.get(i).from());
            }
            values[i] = Numbers.same(part);
        }
        return new RowKey(values);
    }
}
