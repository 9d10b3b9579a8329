package io.streamviews.source;

import io.streamviews.source.Location.Part;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A change of a table's row as Debezium tells it: {@code before}, {@code after}, {@code op}. A deletion is known by what
 * {@code before} has of the key, and by the record's key for the rest. A row that the change does not tell in full is
 * refused: what is not there cannot be told apart from what is NULL.
 */
final class DebeziumEnvelope implements Envelope {

    /** What stands for a large value that has not changed; as a text, as JSON, as bytes, as an array's only element. */
    private static final String UNAVAILABLE = "__debezium_unavailable_value";

    private static final Set<String> UNAVAILABLE_ELSEWHERE =
            Set.of('"' + UNAVAILABLE + '"', (String) Binary.base64("X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==", false));

    private static final int MOST_UNAVAILABLE = 2 * UNAVAILABLE.length() + 2;

    private static final List<String> BEFORE = List.of("before");
    private static final List<String> AFTER = List.of("after");

    private final Slots slots;
    private final RecordKey recordKey;
    private final ConnectJson value;
    private final int op;
    private final int before;
    private final int versionBefore;

    DebeziumEnvelope(Slots slots, RecordKey recordKey) {
        this.slots = slots;
        this.recordKey = recordKey;
        this.op = slots.add("what has happened", Location.at(Part.ENVELOPE, "op"), ColumnType.LABEL);
        this.before = slots.spares(slots.key().size());
        this.versionBefore = slots.spares(1);
        List<ConnectJson.Placed> placed = new ArrayList<>();
        for (Target target : slots.in(Part.ENVELOPE)) {
            placed.add(new ConnectJson.Placed(List.of(), target));
        }
        for (Target target : slots.in(Part.VALUE)) {
            placed.add(new ConnectJson.Placed(AFTER, target));
            int elsewhere = target.slot() < slots.key().size()
                    ? before + target.slot()
                    : target.slot() == slots.version() ? versionBefore : -1;
            if (elsewhere >= 0) {
                placed.add(new ConnectJson.Placed(
                        BEFORE, new Target(elsewhere, target.name(), target.from(), target.type())));
            }
        }
        this.value = new ConnectJson(placed);
    }

    @Override
    public void read(Message message, Object[] found, boolean lenient) {
        value.read(message.value(), found, lenient);
        if ("d".equals(found[op])) {
            for (int i = 0; i < slots.key().size(); i++) {
                if (found[i] == null) {
                    found[i] = found[before + i];
                }
            }
            found[slots.version()] = found[slots.version()] == null ? found[versionBefore] : found[slots.version()];
            identify(message, found);
        }
    }

    private void identify(Message message, Object[] found) {
        for (int i = 0; i < slots.key().size(); i++) {
            if (found[i] == null) {
                recordKey.identify(message, found);
            }
        }
    }

    @Override
    public boolean isDeletion(Object[] found) {
        String what = found[op] instanceof String text ? text : "";
        switch (what) {
            case "c", "u", "r" -> {
                checkComplete(found);
                checkKey(found);
                return false;
            }
            case "d" -> {
                return true;
            }
            case "t" ->
                throw slots.malformed("the source table was emptied by TRUNCATE, which tells no rows:"
                        + " delete them here, or rebuild once the topic holds only what came after");
            case "m" -> throw slots.malformed("a message of the source database's is no change of a row");
            default ->
                throw slots.malformed(
                        "expected a change of a row, with c, r, u or d at envelope/op, found %s; heartbeats, transactions and schema changes have topics of their own"
                                .formatted(what.isEmpty() ? "nothing" : '"' + JsonText.beginning(what) + '"'));
        }
    }

    private void checkComplete(Object[] found) {
        List<Column> key = slots.key();
        for (int i = 0; i < key.size() + slots.columns().size(); i++) {
            if (isUnavailable(found[i])) {
                Column column = i < key.size() ? key.get(i) : slots.columns().get(i - key.size());
                throw new MalformedRecordException(
                        "%s: expected a value, found only that a large one has not changed; the source table needs REPLICA IDENTITY FULL"
                                .formatted(slots.name(column)));
            }
        }
    }

    private static boolean isUnavailable(Object value) {
        if (value instanceof String text) {
            return text.equals(UNAVAILABLE)
                    || text.length() <= MOST_UNAVAILABLE
                            && text.length() > UNAVAILABLE.length()
                            && UNAVAILABLE_ELSEWHERE.contains(text);
        }
        return value instanceof List<?> elements && elements.size() == 1 && isUnavailable(elements.get(0));
    }

    /** A row that gets another key is a deletion and a creation, if the key is the source table's own. */
    private void checkKey(Object[] found) {
        for (int i = 0; i < slots.key().size(); i++) {
            Object former = found[before + i];
            if (former != null && found[i] != null && !former.equals(found[i])) {
                throw slots.malformed(
                        "the row gets another key, %s instead of %s, without having been deleted: the view's key is to be the source table's"
                                .formatted(
                                        JsonText.beginning(found[i].toString()),
                                        JsonText.beginning(former.toString())));
            }
        }
    }
}
