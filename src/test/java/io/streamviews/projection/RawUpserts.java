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

    private static final int ROWS_IN_MEMORY = 750_000;

    private final String jdbcUrl;
    private final String user;
    private final String schema;
    private final BaseView view;
    private final int batchRows;
    private final List<List<List<Object>>> batchesOfThread = new ArrayList<>();
    private final List<TableBatch> filling = new ArrayList<>();
    private final int[] rows;
    private int rowsInMemory;
    private double seconds;

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

    /** Adds a row to the batches of the thread that owns its key, and executes all of them before they fill the heap. */
    public void add(long key, byte[] recordKey, byte[] recordValue, long offset) {
        int thread = (int) (key % rows.length);
        filling.get(thread).add(view.read(new Message(recordKey, recordValue, 0)), offset);
        if (++rows[thread] == batchRows) {
            close(thread);
        }
        if (++rowsInMemory == ROWS_IN_MEMORY) {
            execute();
        }
    }

    private void close(int thread) {
        if (rows[thread] == 0) {
            return;
        }
        rows[thread] = 0;
        batchesOfThread.get(thread).add(filling.get(thread).upsertParameters());
        filling.set(thread, new TableBatch(view));
    }

    /** Executes what is left. @return seconds that PostgreSQL had all batches for, each in a transaction of its own */
    public double finish() {
        execute();
        return seconds;
    }

    private void execute() {
        for (int thread = 0; thread < rows.length; thread++) {
            close(thread);
        }
        long start = System.nanoTime();
        CompletableFuture.allOf(batchesOfThread.stream()
                        .map(batches -> CompletableFuture.runAsync(() -> execute(batches)))
                        .toArray(CompletableFuture[]::new))
                .join();
        seconds += (System.nanoTime() - start) / 1e9;
        batchesOfThread.forEach(List::clear);
        rowsInMemory = 0;
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
