package io.streamviews.source;

/**
 * What one record asks of one row of a base view.
 *
 * <p>Versions are at least 0. Between two changes of a row the higher version wins, and among equal versions the one that
 * stands later in the partition.
 */
public sealed interface Change {

    RowKey key();

    /**
     * The row is so.
     *
     * @param values of {@link BaseView#columns()}, in their order
     */
    record Upsert(RowKey key, long version, Object[] values) implements Change {}

    /** There is no such row. */
    record Delete(RowKey key, long version) implements Change {}

    /** Whatever stands earlier in the partition about this row is void (a Kafka tombstone, which knows no version). */
    record Tombstone(RowKey key) implements Change {}
}
