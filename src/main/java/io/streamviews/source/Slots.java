package io.streamviews.source;

import io.streamviews.source.Location.Part;
import java.util.ArrayList;
import java.util.List;

/**
 * What is looked for in a record of a base view, and where among what is found it goes: first the key's values, then the
 * other columns', then what says what the record asks.
 */
final class Slots {

    private final String table;
    private final List<Column> key;
    private final List<Column> columns;
    private final List<Target> targets = new ArrayList<>();
    private final int version;
    private int size;

    Slots(String table, List<Column> key, List<Column> columns) {
        this.table = table;
        this.key = key;
        this.columns = columns;
        key.forEach(this::add);
        columns.forEach(this::add);
        this.version = size++;
    }

    private void add(Column column) {
        for (Location from : column.from()) {
            targets.add(new Target(size, name(column), from, column.type()));
        }
        size++;
    }

    /** Has something be looked for beside the columns; tells its slot. */
    int add(String what, Location from, ColumnType type) {
        targets.add(new Target(size, table + ": " + what, from, type));
        return size++;
    }

    void addVersion(Location from) {
        targets.add(new Target(version, table + ": the version", from, ColumnType.VERSION));
    }

    /** Slots in a row that nothing is looked for on its own; tells the first. */
    int spares(int count) {
        size += count;
        return size - count;
    }

    String table() {
        return table;
    }

    List<Column> key() {
        return key;
    }

    List<Column> columns() {
        return columns;
    }

    /** The slot of the row's version. */
    int version() {
        return version;
    }

    /** What is looked for in a part of the record. */
    List<Target> in(Part part) {
        return targets.stream().filter(target -> target.from().part() == part).toList();
    }

    String name(Column column) {
        return table + "." + column.name();
    }

    /** Room for what is found in one record. */
    Object[] empty() {
        return new Object[size];
    }

    MalformedRecordException malformed(String message) {
        return new MalformedRecordException(table + ": " + message);
    }

    MalformedRecordException missing(Column column, List<Location> from) {
        return new MalformedRecordException("%s: expected a value at %s, found nothing"
                .formatted(
                        name(column),
                        String.join(
                                " or ", from.stream().map(Location::toString).toList())));
    }
}
