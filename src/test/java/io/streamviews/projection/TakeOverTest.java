package io.streamviews.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.smallrye.mutiny.Uni;
import io.streamviews.kafka.LogOffsets;
import io.streamviews.kafka.PartitionLog;
import io.streamviews.kafka.TopicLogs;
import io.streamviews.projection.generation.Generation;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.LeaderNotAvailableException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TakeOverTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Map<Integer, Assignment> assignments = new TreeMap<>();
    private final WriteFailures troubles = new WriteFailures(Clock.systemUTC());
    private Generation generation;
    private Admin admin;
    private KafkaConsumer<byte[], byte[]> consumer;
    private volatile boolean hasLeader = true;

    @BeforeEach
    void createTopics() {
        generation = new Generation();
        generation.createTopics();
        Map<String, Object> kafka = Map.of("bootstrap.servers", generation.servers.get("kafka.bootstrap.servers"));
        admin = Admin.create(kafka);
        consumer = new KafkaConsumer<>(kafka, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    @AfterEach
    void close() {
        consumer.close();
        admin.close();
        generation.close();
    }

    @Test
    void aPartitionWithoutLeaderHoldsNoOtherTaskUp() {
        hasLeader = false;
        TakeOver takeOver = takeOver();
        partitions().forEach(partition -> {
            Assignment assignment = new Assignment();
            assignments.put(partition.partition(), assignment);
            takeOver.of("task " + partition.partition(), partition, assignment);
        });

        await("The others").pollInSameThread().atMost(PATIENCE).until(() -> {
            takeOver.proceed();
            return isHeld(0) && isHeld(2);
        });

        assertThat(isHeld(1)).isFalse();
        assertThat(troubles.worst()).hasValueSatisfying(trouble -> {
            assertThat(trouble.partition()).isEqualTo(1);
            assertThat(trouble.reason()).isEqualTo("no leader");
        });
        hasLeader = true;
        await("That one, too").pollInSameThread().atMost(PATIENCE).until(() -> {
            takeOver.proceed();
            return isHeld(1);
        });
        assertThat(troubles.worst()).isEmpty();
    }

    private boolean isHeld(int partition) {
        return assignments.get(partition).epochIfHeld() > 0;
    }

    private TakeOver takeOver() {
        consumer.assign(partitions());
        ViewTransactions transactions = new ViewTransactions(generation.pool, PATIENCE);
        return new TakeOver(
                consumer,
                new Positions(transactions, generation.schema, "test"),
                logs(),
                troubles,
                Duration.ofMillis(100));
    }

    private TopicLogs logs() {
        TopicLogs all = new LogOffsets(admin).ofGroup(null);
        return new TopicLogs() {

            @Override
            public Uni<Map<String, Integer>> counts(Collection<String> topics) {
                return all.counts(topics);
            }

            @Override
            public Uni<List<PartitionLog>> of(Collection<TopicPartition> asked) {
                return hasLeader || asked.stream().noneMatch(partition -> partition.partition() == 1)
                        ? all.of(asked)
                        : Uni.createFrom().failure(new LeaderNotAvailableException("no leader"));
            }
        };
    }

    private List<TopicPartition> partitions() {
        return IntStream.range(0, Generation.PARTITIONS)
                .mapToObj(number -> new TopicPartition(generation.orders(), number))
                .toList();
    }
}
