package io.streamviews.kafka;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Consumers that are in no group, and leave no trace with the broker: they read the partitions that they are told to, and
 * only what has been committed, unless they want it otherwise. To ask for a topic makes none.
 */
public final class Readers {

    private Readers() {}

    /**
     * @param kafka settings of Kafka's clients; those that a consumer does not know are left out
     * @param own what is set otherwise
     */
    public static KafkaConsumer<byte[], byte[]> open(Map<String, Object> kafka, Map<String, Object> own) {
        Map<String, Object> settings = new HashMap<>(kafka);
        settings.keySet().retainAll(ConsumerConfig.configNames());
        settings.remove(ConsumerConfig.GROUP_ID_CONFIG);
        settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        settings.putAll(own);
        return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }
}
