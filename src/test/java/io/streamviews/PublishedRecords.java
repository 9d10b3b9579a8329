package io.streamviews;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/** What is on a topic, from its beginning, read without a consumer group. */
public final class PublishedRecords implements AutoCloseable {

    private final KafkaConsumer<String, String> consumer;
    private final List<ConsumerRecord<String, String>> records = new ArrayList<>();

    public PublishedRecords(String topic) {
        consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        EmbeddedServersResource.servers().getBootstrapServers(),
                        "reconnect.backoff.max.ms",
                        100,
                        "allow.auto.create.topics",
                        false),
                new StringDeserializer(),
                new StringDeserializer());
        List<TopicPartition> partitions =
                await().until(() -> consumer.partitionsFor(topic), found -> !found.isEmpty()).stream()
                        .map(info -> new TopicPartition(info.topic(), info.partition()))
                        .toList();
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
    }

    /** All that have the key and have come so far, in their order. */
    public List<ConsumerRecord<String, String>> withKey(String key) {
        return matching(record -> key.equals(record.key()));
    }

    /** All that is there now. */
    public List<ConsumerRecord<String, String>> all() {
        Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
        while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
            consumer.poll(Duration.ofMillis(50)).forEach(records::add);
        }
        return records;
    }

    public List<ConsumerRecord<String, String>> matching(Predicate<ConsumerRecord<String, String>> wanted) {
        consumer.poll(Duration.ofMillis(50)).forEach(records::add);
        return records.stream().filter(wanted).toList();
    }

    @Override
    public void close() {
        consumer.close();
    }
}
