package io.streamviews.projection;

import io.streamviews.source.BaseView;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/** Writes batches of partition 0 of a topic, as its owner. */
public final class PartitionOwner {

    private final List<BaseView> views;
    private final BatchWriter writer;
    private final Epochs epochs;

    public PartitionOwner(ViewTransactions transactions, String schema, List<BaseView> views, String topic) {
        this.views = views;
        Positions positions = new Positions(transactions, schema, "test");
        this.writer = new BatchWriter(transactions, schema, views, positions);
        TopicPartition partition = new TopicPartition(topic, 0);
        Position position = positions
                .takeOver(List.of(partition), 1, FixedLogs.of(partition, "first", 100), stored -> null)
                .await()
                .indefinitely()
                .get(0);
        this.epochs = new Epochs(Map.of(topic, position.epoch()));
    }

    public void write(TopicRecord... records) {
        WriteBatch batch = new WriteBatch(0, views);
        List.of(records).forEach(batch::add);
        writer.write(batch, epochs).await().indefinitely();
    }
}
