package io.streamviews.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Utils;

/** Partitions of topics. */
public final class Partitions {

    private Partitions() {}

    /** All partitions of topics, by their names and numbers. */
    public static List<TopicPartition> all(Map<String, Integer> counts) {
        return counts.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .flatMap(topic -> IntStream.range(0, topic.getValue())
                        .mapToObj(partition -> new TopicPartition(topic.getKey(), partition)))
                .toList();
    }

    /**
     * Which one a record goes to: Kafka's own rule for records that have a key.
     *
     * @param count partitions of the topic
     */
    public static int of(String key, int count) {
        return Utils.toPositive(Utils.murmur2(key.getBytes(UTF_8))) % count;
    }
}
