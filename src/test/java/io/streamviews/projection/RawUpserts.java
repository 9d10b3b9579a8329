package io.streamviews.projection;

import io.streamviews.source.BaseView;
import io.streamviews.source.Message;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * What PostgreSQL can do with no Kafka and no application at all: the projection's own statement, its own rows in
 * batches, on plain JDBC connections.
 */
public final class RawUpserts {

    private final String jdbcUrl;
    private final String user;
    private final String schema;
    private final BaseView view;
    private final int batchRows;
    private final List<List<List<Object>>> batchesOfThread = new ArrayList<>();
    private final List<TableBatch> filling = new ArrayList<>();
    private final int[] rows;

    public RawUpserts(String jdbcUrl, String user, String schema, BaseView view, int threads, int batchRows) {
        this.jdbcUrl = jdbcUrl;
        this.user = user;
        this.view = view;
        this.batchRows = batchRows;
        this.rows = new int[threads];
        this.schema = schema;
        for (int i = 0; i < threads; i++) {
            batchesOfThread.add(new ArrayList<>());
            filling.add(new TableBatch(view));
        }
    }

    /** Adds a row to the batches of the thread that owns its key. */
    public void add(long key, byte[] recordKey, byte[] recordValue, long offset) {
        int thread = (int) (key % rows.length);
        filling.get(thread).add(view.read(new Message(recordKey, recordValue, 0)), offset);
        if (++rows[thread] % batchRows == 0) {
            close(thread);
        }
    }

    private void close(int thread) {
        batchesOfThread.get(thread).add(filling.get(thread).upsertParameters());
        filling.set(thread, new TableBatch(view));
    }

    /** Executes all batches, each in a transaction. @return seconds */
    public double run() {
        for (int thread = 0; thread < rows.length; thread++) {
            close(thread);
        }
        long start = System.nanoTime();
        CompletableFuture.allOf(batchesOfThread.stream()
                        .map(batches -> CompletableFuture.runAsync(() -> execute(batches)))
                        .toArray(CompletableFuture[]::new))
                .join();
        return (System.nanoTime() - start) / 1e9;
    }

    private void execute(List<List<Object>> batches) {
        try (PlainUpsert upsert = new PlainUpsert(jdbcUrl, user, schema, view)) {
            for (List<Object> parameters : batches) {
                upsert.execute(parameters);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
