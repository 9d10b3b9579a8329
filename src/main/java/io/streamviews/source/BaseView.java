package io.streamviews.source;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A table with one row per key, kept from one topic as its file declares it. Immutable, and equal to what is declared alike;
 * its methods do not block, and may be called by any thread.
 */
public final class BaseView {

    private final Declared declared;
    private final List<Column> key;
    private final List<Column> columns;
    private final RecordReader reader;

    private BaseView(Declared declared, List<Column> key, List<Column> columns, RecordReader reader) {
        this.declared = declared;
        this.key = key;
        this.columns = columns;
        this.reader = reader;
    }

    /** What a view is made of, and all that it depends on. */
    private record Declared(
            String table, String topic, List<TableColumn> columns, List<String> key, String declaration) {}

    /**
     * A base view.
     *
     * @param columns of the table, without those that the engine adds
     * @param key the names of the primary key's columns, in their order
     * @param declaration what the view's file says of its source
     * @throws WrongDeclarationException if it cannot be followed
     */
    public static BaseView of(
            String table, String topic, List<TableColumn> columns, List<String> key, String declaration) {
        Declaration source = Declaration.of(declaration);
        Map<String, Column> fed = fed(columns, source);
        for (String named : source.columns().keySet()) {
            if (columns.stream().noneMatch(column -> column.name().equals(named))) {
                throw new WrongDeclarationException("there is no column %s in %s".formatted(named, table));
            }
        }
        if (key.isEmpty()) {
            throw new WrongDeclarationException("table %s has no primary key".formatted(table));
        }
        List<Column> keys = new ArrayList<>();
        for (String name : key) {
            Column column = fed.remove(name);
            if (column == null || !column.type().isKey()) {
                throw new WrongDeclarationException(
                        "column %s cannot be part of the key: its value must come from the record, and be of a type that has equal values"
                                .formatted(name));
            }
            keys.add(column);
        }
        List<Column> others = List.copyOf(fed.values());
        return new BaseView(
                new Declared(table, topic, List.copyOf(columns), List.copyOf(key), declaration),
                List.copyOf(keys),
                others,
                new RecordReader(table, keys, others, source));
    }

    private static Map<String, Column> fed(List<TableColumn> columns, Declaration source) {
        Map<String, Column> fed = new LinkedHashMap<>();
        for (TableColumn column : columns) {
            Declaration.Place place = source.columns().get(column.name());
            if (place != null || !column.made()) {
                fed.put(column.name(), column(column, place, source));
            }
        }
        return fed;
    }

    private static Column column(TableColumn column, Declaration.Place place, Declaration source) {
        ValueFormat format =
                place == null || place.format() == null ? ValueFormat.NATURAL : ValueFormat.of(place.format());
        ColumnType type = ColumnType.of(column, Encoding.of(format));
        List<Location> from = place != null && place.path() != null
                ? List.of(Location.of(place.path()))
                : Location.ofMember(source.root(), column.name());
        return new Column(
                column.name(), type, from, column.notNull() && !column.made(), place != null && place.blankIsNull());
    }

    /** The table's name, without a schema. */
    public String table() {
        return declared.table();
    }

    /** The topic that it is kept from. */
    public String topic() {
        return declared.topic();
    }

    /** The primary key's columns. */
    public List<Column> key() {
        return key;
    }

    /** The other columns that a record sets. */
    public List<Column> columns() {
        return columns;
    }

    /** @throws MalformedRecordException if the view cannot take the record; it becomes a dead letter with this message */
    public Change read(Message message) {
        return reader.read(message);
    }

    /**
     * The key of the row that a record speaks of, even if the record cannot be read; null if that cannot be told. A dead
     * letter counts as superseded once this row has seen a later event.
     */
    public RowKey rowOf(Message message) {
        return reader.rowOf(message);
    }

    /** Whether the other is declared as this one is, of a table with the same columns. */
    @Override
    public boolean equals(Object other) {
        return this == other || other instanceof BaseView view && declared.equals(view.declared);
    }

    @Override
    public int hashCode() {
        return table().hashCode();
    }
}
