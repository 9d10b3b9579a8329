package io.streamviews.projection;

/**
 * What one event asks of one row of a base view.
 *
 * <p>Versions are at least 0. Between two changes of a row the higher version wins, and among equal versions the one that
 * stands later in the partition.
 */
public sealed interface Change<E> {

    /** The row's key, of the key column's Java type. */
    Object key();

    /** The row is as {@code event} says. */
    record Upsert<E>(Object key, long version, E event) implements Change<E> {}

    /** There is no such row. */
    record Delete<E>(Object key, long version) implements Change<E> {}

    /** Whatever stands earlier in the partition about this row is void (a Kafka tombstone, which knows no version). */
    record Tombstone<E>(Object key) implements Change<E> {}
}
