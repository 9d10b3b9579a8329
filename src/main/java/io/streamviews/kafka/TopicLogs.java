package io.streamviews.kafka;

import io.smallrye.mutiny.Uni;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/** What Kafka says of topics to who takes partitions over. Every call ends in bounded time. */
public interface TopicLogs {

    /** How many partitions each has. */
    Uni<Map<String, Integer>> counts(Collection<String> topics);

    Uni<List<PartitionLog>> of(Collection<TopicPartition> partitions);
}
