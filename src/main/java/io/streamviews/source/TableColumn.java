package io.streamviews.source;

/**
 * A column of a table, as PostgreSQL's catalogue has it.
 *
 * @param type its type's name in SQL without a modifier, such that a value can be cast to it
 * @param builtIn the type's internal name ({@code int8}, {@code bpchar}); null if it is none of PostgreSQL's own base types
 * @param modifier {@code atttypmod}: what limits the type, or -1
 * @param notNull whether NULL is refused
 * @param made whether PostgreSQL itself has a value for it: a default, an identity, an expression
 */
public record TableColumn(String name, String type, String builtIn, int modifier, boolean notNull, boolean made) {}
