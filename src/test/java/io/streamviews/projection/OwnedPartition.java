package io.streamviews.projection;

import io.streamviews.kafka.PartitionLog;
import io.streamviews.projection.generation.Generation;
import io.vertx.mutiny.sqlclient.Row;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A partition of the orders' events that a test has taken over, and the generation that its batches are written to. */
abstract class OwnedPartition {

    static final String TOPIC_ID = "first";

    private static final int PARTITION = 1;

    Generation generation;
    ViewTables tables;
    OrderRecords orders;
    Positions positions;
    private BatchWriter writer;
    private ViewTransactions transactions;
    Epochs epochs;

    @BeforeEach
    void takePartitionOver() {
        generation = new Generation();
        tables = generation.tables;
        orders = new OrderRecords(generation.orders(), PARTITION);
        transactions = new ViewTransactions(tables.pool, Duration.ofSeconds(30));
        positions = new Positions(transactions, generation.schema, "test");
        writer = new BatchWriter(transactions, generation.schema, generation.views, positions);
        epochs = new Epochs(Map.of(partition().topic(), takeOver(null).epoch()));
    }

    @AfterEach
    void drop() {
        generation.close();
    }

    TopicPartition partition() {
        return new TopicPartition(generation.orders(), PARTITION);
    }

    Position takeOver(Long committed) {
        return takeOverIn(new PartitionLog(partition(), TOPIC_ID, 0, 100, committed));
    }

    /** @param log what Kafka says of the partition */
    Position takeOverIn(PartitionLog log) {
        return takeOver(() -> log, null);
    }

    /** @param log what Kafka says when it is asked */
    Position takeOver(Supplier<PartitionLog> log, Long divergesAt) {
        return positions
                .takeOver(List.of(partition()), 1, new FixedLogs(log), stored -> divergesAt)
                .await()
                .indefinitely()
                .get(0);
    }

    WriteBatch write(TopicRecord... records) {
        return write(epochs, records);
    }

    WriteBatch write(Epochs as, TopicRecord... records) {
        WriteBatch batch = new WriteBatch(PARTITION, generation.views);
        List.of(records).forEach(batch::add);
        writer.write(batch, as).await().indefinitely();
        return batch;
    }

    /** As dead letters are applied again; those that stay. */
    List<DeadLetter> retry(TopicRecord... records) {
        return transactions
                .run(connection -> writer.apply(connection, PARTITION, List.of(records)))
                .await()
                .indefinitely();
    }

    List<String> countriesOf(Integer... ids) {
        return tables
                .query("SELECT country FROM %s.order_view WHERE order_id = ANY ('{" + join(ids)
                        + "}') ORDER BY order_id")
                .stream()
                .map((Row row) -> row.getString(0))
                .toList();
    }

    private static String join(Integer... ids) {
        return String.join(",", List.of(ids).stream().map(String::valueOf).toList());
    }

    Object nextOffset() {
        return tables.value("SELECT next_offset FROM %s.projection_position");
    }
}
