package io.streamviews.projection;

import io.streamviews.kafka.Partitions;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * What Kafka Streams reads for the base views, and how it is divided into tasks: each has one partition of all topics of a
 * group, and writes them in the same transactions. Views that do not belong together share neither.
 *
 * @param groups topics in their order, by what belongs together; those of a group have equally many partitions
 * @param partitions how many each topic has
 */
public record Layout(List<List<String>> groups, Map<String, Integer> partitions) {

    /** Nothing is read. */
    public static final Layout NONE = new Layout(List.of(), Map.of());

    /** All that is read. */
    List<TopicPartition> all() {
        return Partitions.all(partitions);
    }

    /** Names the task that has a partition. */
    String taskOf(TopicPartition partition) {
        String group = groups.stream()
                .filter(topics -> topics.contains(partition.topic()))
                .map(topics -> topics.get(0))
                .findFirst()
                .orElse(partition.topic());
        return group + "-" + partition.partition();
    }
}
