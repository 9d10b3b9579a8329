package io.streamviews.source;

import java.util.Map;

/**
 * A column of a table, as PostgreSQL's catalogue has it.
 *
 * @param type its type's name in SQL without a modifier, such that a value can be cast to it
 * @param builtIn the type's internal name ({@code int8}, {@code bpchar}); null if it is none of PostgreSQL's own base types
 * @param modifier {@code atttypmod}: what limits the type, or -1
 * @param notNull whether NULL is refused
 * @param made whether PostgreSQL itself has a value for it: a default, an identity, an expression
 */
public record TableColumn(String name, String type, String builtIn, int modifier, boolean notNull, boolean made) {

    private static final String ARRAY = "[]";

    /** Where the name in SQL is another one. */
    private static final Map<String, String> INTERNAL = Map.ofEntries(
            Map.entry("bigint", "int8"),
            Map.entry("integer", "int4"),
            Map.entry("smallint", "int2"),
            Map.entry("double precision", "float8"),
            Map.entry("real", "float4"),
            Map.entry("boolean", "bool"),
            Map.entry("character varying", "varchar"),
            Map.entry("character", "bpchar"),
            Map.entry("timestamp with time zone", "timestamptz"),
            Map.entry("timestamp without time zone", "timestamp"),
            Map.entry("bit varying", "varbit"),
            Map.entry("time without time zone", "time"),
            Map.entry("time with time zone", "timetz"));

    /** An element of it; null if it is no array. */
    TableColumn element() {
        if (!type.endsWith(ARRAY)) {
            return null;
        }
        String element = type.substring(0, type.length() - ARRAY.length());
        boolean isTheirs = element.contains(".");
        return new TableColumn(
                name, element, isTheirs ? null : INTERNAL.getOrDefault(element, element), modifier, false, false);
    }
}
