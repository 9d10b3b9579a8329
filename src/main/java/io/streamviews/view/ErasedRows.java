package io.streamviews.view;

import io.vertx.core.buffer.Buffer;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Rows of forgotten people whose records may still be in the topics: what is read there of them is not shown. Asks the
 * database at most once a second, so erasures that are older are known. Blocks: for threads that may wait.
 */
@ApplicationScoped
public class ErasedRows {

    private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final String ARRIVALS = "SELECT coalesce(pg_sequence_last_value('public.erasure_arrival'), 0)";
    private static final String ROWS = "SELECT base_view, row_key, topic, key FROM public.erased_row";

    private final Pool pool;
    private Known known = new Known(-1, Set.of(), Set.of());
    private long asked = System.nanoTime() - FRESH_NANOS;

    ErasedRows(Pool pool) {
        this.pool = pool;
    }

    /**
     * What is known.
     *
     * @param arrivals changes when somebody has gone from the live views: what was read of them before must be dropped
     */
    public record Known(long arrivals, Set<ErasedRow> rows, Set<Record> records) {

        /** Whether nothing of a row may be shown. */
        public boolean hasRow(String baseView, Object key) {
            return !rows.isEmpty() && rows.contains(new ErasedRow(baseView, key.toString()));
        }

        /** Whether nothing of a topic's records with this key may be shown. */
        public boolean hasRecord(String topic, byte[] key) {
            return !records.isEmpty() && key != null && records.contains(new Record(topic, Buffer.buffer(key)));
        }
    }

    /** A row of a base view. */
    public record ErasedRow(String baseView, String key) {}

    /** Records of a topic. */
    public record Record(String topic, Buffer key) {}

    public synchronized Known known() {
        if (System.nanoTime() - asked >= FRESH_NANOS) {
            // first the number: rows that come in between are read, and read again
            long arrivals =
                    pool.query(ARRIVALS).executeAndAwait().iterator().next().getLong(0);
            if (arrivals != known.arrivals()) {
                known = read(arrivals);
            }
            asked = System.nanoTime();
        }
        return known;
    }

    private Known read(long arrivals) {
        Set<ErasedRow> rows = new HashSet<>();
        Set<Record> records = new HashSet<>();
        for (Row row : pool.query(ROWS).executeAndAwait()) {
            rows.add(new ErasedRow(row.getString(0), row.getString(1)));
            records.add(new Record(row.getString(2), row.getDelegate().getBuffer(3)));
        }
        return new Known(arrivals, rows, records);
    }
}
