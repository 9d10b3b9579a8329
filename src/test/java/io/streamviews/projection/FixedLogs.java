package io.streamviews.projection;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.streamviews.kafka.PartitionLog;
import io.streamviews.kafka.TopicLogs;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;

/**
 * A topic of which Kafka says the same of one partition, whatever it is asked, and nothing of others.
 *
 * @param log of the partition, when it is asked for
 */
record FixedLogs(Supplier<PartitionLog> log) implements TopicLogs {

    /** Of a log that holds offsets up to an end. */
    static FixedLogs of(TopicPartition partition, String topicId, long end) {
        PartitionLog log = new PartitionLog(partition, topicId, 0, end, null);
        return new FixedLogs(() -> log);
    }

    @Override
    public Uni<Map<String, Integer>> counts(Collection<String> topics) {
        return Uni.createFrom().item(Map.of());
    }

    @Override
    public Uni<List<PartitionLog>> of(Collection<TopicPartition> partitions) {
        return Uni.createFrom().item(() -> List.of(log.get())).runSubscriptionOn(Infrastructure.getDefaultWorkerPool());
    }
}
