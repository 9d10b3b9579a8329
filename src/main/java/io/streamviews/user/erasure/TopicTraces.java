package io.streamviews.user.erasure;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.smallrye.common.annotation.Identifier;
import io.streamviews.kafka.KafkaAdmin;
import io.streamviews.kafka.LogOffsets;
import io.streamviews.kafka.Readers;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;

/** What a partition still has under a key, found by reading it. Blocks, no longer than it is allowed. */
@ApplicationScoped
class TopicTraces {

    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final Map<String, Object> SETTINGS = Map.of(
            // what is not committed cannot be read, and may be committed
            ConsumerConfig.ISOLATION_LEVEL_CONFIG,
            "read_uncommitted",
            ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
            "earliest",
            ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG,
            1 << 20);

    private final Admin admin;
    private final Map<String, Object> kafka;

    TopicTraces(Admin admin, @Identifier("default-kafka-broker") Map<String, Object> kafka) {
        this.admin = admin;
        this.kafka = kafka;
    }

    /** The topic's settings as they are. */
    Compaction compaction(String topic) {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        return Compaction.of(
                KafkaAdmin.await(admin.describeConfigs(List.of(resource))
                                .values()
                                .get(resource))
                        .entries()
                        .stream()
                        .filter(entry -> entry.value() != null)
                        .collect(Collectors.toMap(ConfigEntry::name, ConfigEntry::value)));
    }

    long end(TopicPartition partition) {
        return new LogOffsets(admin).veryEnds(List.of(partition)).get(partition);
    }

    /**
     * Whether there is a record under a key that still says something.
     *
     * @param end offset up to which it is looked for
     */
    boolean has(TopicPartition partition, String key, long end, Predicate<byte[]> saysSomething) {
        byte[] wanted = key.getBytes(UTF_8);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        try (KafkaConsumer<byte[], byte[]> consumer = Readers.open(kafka, SETTINGS)) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            while (consumer.position(partition)
                    < Math.min(end, consumer.endOffsets(List.of(partition)).get(partition))) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    if (record.offset() < end
                            && Arrays.equals(record.key(), wanted)
                            && saysSomething.test(record.value())) {
                        return true;
                    }
                }
                if (System.nanoTime() - deadline > 0) {
                    throw new KafkaException(
                            "%s could not be read within %d s".formatted(partition, PATIENCE.toSeconds()));
                }
            }
            return false;
        }
    }
}
