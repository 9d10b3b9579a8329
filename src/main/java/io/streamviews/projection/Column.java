package io.streamviews.projection;

import java.util.function.Function;

/**
 * A column of a base view that an event sets.
 *
 * @param value takes the column's value from an event; null becomes NULL
 */
public record Column<E>(String name, ColumnType type, Function<E, ?> value) {}
