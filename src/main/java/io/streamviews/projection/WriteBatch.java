package io.streamviews.projection;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What one PostgreSQL transaction will apply: the records that a task has read since the batch before, folded per row.
 *
 * <p>The records themselves are kept, too: if PostgreSQL refuses the whole, they are applied one by one to find the bad
 * ones. Not thread-safe.
 */
final class WriteBatch {

    private final int partition;
    private final List<BaseView<?>> views;
    private final List<TableBatch<?>> tables = new ArrayList<>();
    private final List<SourceRecord> records = new ArrayList<>();
    private final List<DeadLetter> deadLetters = new ArrayList<>();
    private final Map<String, SourceRecord> last = new TreeMap<>();
    private long bytes;

    WriteBatch(int partition, List<BaseView<?>> views) {
        this.partition = partition;
        this.views = views;
        views.forEach(view -> tables.add(new TableBatch<>(view)));
    }

    /** A batch of one of this batch's records. */
    WriteBatch single(SourceRecord record) {
        WriteBatch single = new WriteBatch(partition, views);
        single.add(record);
        return single;
    }

    /** Adds a record; one that cannot be read becomes a dead letter. */
    void add(SourceRecord record) {
        records.add(record);
        bytes += record.size();
        last.put(record.topic(), record);
        try {
            apply(record);
        } catch (RuntimeException e) {
            deadLetters.add(deadLetter(record, e));
        }
    }

    /** Reads for every view before anything is added: a record is applied to all of its views or to none. */
    private void apply(SourceRecord record) {
        for (TableBatch<?> table : tables) {
            if (isFor(table, record)) {
                table.read(record.key(), record.value());
            }
        }
        for (TableBatch<?> table : tables) {
            if (isFor(table, record)) {
                table.add(record.offset());
            }
        }
    }

    private static boolean isFor(TableBatch<?> table, SourceRecord record) {
        return table.view().topic().equals(record.topic());
    }

    /** A record that cannot be applied. */
    DeadLetter deadLetter(SourceRecord record, Throwable failure) {
        return DeadLetter.of(record, failure, views);
    }

    int partition() {
        return partition;
    }

    List<TableBatch<?>> tables() {
        return tables;
    }

    List<SourceRecord> records() {
        return records;
    }

    List<DeadLetter> deadLetters() {
        return deadLetters;
    }

    /** The last record of each topic in it, in the topics' order. */
    List<SourceRecord> last() {
        return List.copyOf(last.values());
    }

    boolean isEmpty() {
        return records.isEmpty();
    }

    int rows() {
        return records.size();
    }

    long bytes() {
        return bytes;
    }
}
