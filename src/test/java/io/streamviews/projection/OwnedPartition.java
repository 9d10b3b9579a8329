package io.streamviews.projection;

import io.streamviews.projection.Positions.PartitionLog;
import io.streamviews.projection.Positions.Start;
import io.vertx.mutiny.sqlclient.Row;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A partition of the user events that a test has taken over, and the generation that its batches are written to. */
abstract class OwnedPartition {

    private static final int PARTITION = 1;

    Generation generation;
    UserRecords users;
    Positions positions;
    private BatchWriter writer;
    Epochs epochs;

    @BeforeEach
    void takePartitionOver() {
        generation = new Generation();
        users = new UserRecords(generation.topics.userEvents(), PARTITION);
        ViewTransactions transactions = new ViewTransactions(generation.pool, Duration.ofSeconds(30));
        positions = new Positions(transactions, generation.schema, "test");
        writer = new BatchWriter(transactions, generation.schema, generation.views, positions);
        epochs = new Epochs(Map.of(partition().topic(), takeOver(null).epoch()));
    }

    @AfterEach
    void drop() {
        generation.close();
    }

    TopicPartition partition() {
        return new TopicPartition(generation.topics.userEvents(), PARTITION);
    }

    Start takeOver(Long committed) {
        return positions
                .takeOver(List.of(new PartitionLog(partition(), 0, 100, committed)))
                .await()
                .indefinitely()
                .get(partition());
    }

    void write(SourceRecord... records) {
        write(epochs, records);
    }

    void write(Epochs as, SourceRecord... records) {
        WriteBatch batch = new WriteBatch(PARTITION, generation.views);
        List.of(records).forEach(batch::add);
        writer.write(batch, as).await().indefinitely();
    }

    List<String> departmentsOf(Integer... ids) {
        return generation
                .query("SELECT department FROM %s.user_view WHERE user_id = ANY ('{" + join(ids)
                        + "}') ORDER BY user_id")
                .stream()
                .map((Row row) -> row.getString(0))
                .toList();
    }

    private static String join(Integer... ids) {
        return String.join(",", List.of(ids).stream().map(String::valueOf).toList());
    }

    Object nextOffset() {
        return generation.value("SELECT next_offset FROM %s.projection_position");
    }
}
