package io.streamviews.source;

import java.util.List;

/**
 * A column of a base view that a record sets.
 *
 * @param from where its value is looked for
 * @param required whether NULL is refused
 * @param blankIsNull whether a blank text counts as NULL
 */
public record Column(String name, ColumnType type, List<Location> from, boolean required, boolean blankIsNull) {

    /** Its name in SQL. */
    public String sql() {
        return Identifiers.quoted(name);
    }
}
