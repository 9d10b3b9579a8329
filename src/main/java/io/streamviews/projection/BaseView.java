package io.streamviews.projection;

import java.util.List;

/**
 * A table with one row per entity, kept from one topic. The engine does the rest: batches, order, tombstones, positions.
 *
 * <p>The table stands in a migration under {@code db/views}. Beside the columns named here it has {@code version bigint},
 * {@code source_offset bigint} and {@code last_processed_at timestamptz DEFAULT now()}.
 *
 * @param <E> the event
 */
public interface BaseView<E> {

    /** The topic that the view is kept from. */
    String topic();

    /** The table's name, without a schema. */
    String table();

    /** The primary key. */
    Column<E> key();

    /** The other columns that an event sets. */
    List<Column<E>> columns();

    /**
     * Reads a record; called on a stream thread, must not block.
     *
     * @param key the record's key, null if it has none
     * @param value the record's value, null for a Kafka tombstone
     * @throws RuntimeException if this is no event for this view; the record becomes a dead letter with its message
     */
    Change<E> read(byte[] key, byte[] value);

    /**
     * The key of the row that a record speaks of, even if the record cannot be read; null if that cannot be told. A dead
     * letter counts as superseded once this row has seen a later event. Called for dead letters only; must not throw.
     */
    default Object rowOf(byte[] key, byte[] value) {
        try {
            return read(key, value).key();
        } catch (RuntimeException unreadable) {
            return null;
        }
    }
}
