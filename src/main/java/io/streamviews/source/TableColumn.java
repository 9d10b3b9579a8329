package io.streamviews.source;

/**
 * A column of a table, as PostgreSQL's catalogue has it.
 *
 * @param type its type's name in SQL without a modifier, such that a value can be cast to it
 * @param builtIn the internal name of the type, or of an array's elements ({@code int8}, {@code bpchar}); null if that is none
 *     of PostgreSQL's own base types
 * @param modifier {@code atttypmod}: what limits the type, or -1
 * @param notNull whether NULL is refused
 * @param made whether PostgreSQL itself has a value for it: a default, an identity, an expression
 */
public record TableColumn(String name, String type, String builtIn, int modifier, boolean notNull, boolean made) {

    private static final String ARRAY = "[]";

    /** An element of it; null if it is no array. */
    TableColumn element() {
        return type.endsWith(ARRAY)
                ? new TableColumn(
                        name, type.substring(0, type.length() - ARRAY.length()), builtIn, modifier, false, false)
                : null;
    }
}
