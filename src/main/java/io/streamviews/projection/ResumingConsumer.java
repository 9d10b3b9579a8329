package io.streamviews.projection;

import io.streamviews.projection.Positions.PartitionLog;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jboss.logging.Logger;

/**
 * A consumer that takes over what it is assigned and goes on from the positions in PostgreSQL.
 *
 * <p>Kafka Streams commits offsets on its own, without asking whether what was read has been written. So the take-over
 * and the seek happen before Kafka Streams hears of the assignment; nothing can have been fetched by then.
 */
final class ResumingConsumer extends KafkaConsumer<byte[], byte[]> {

    private static final Logger LOG = Logger.getLogger(ResumingConsumer.class);

    /** Internal to Kafka's clients, and the only way: see {@code ConsumerConfig} of kafka-clients 4.1. */
    private static final String LEAVE_GROUP_ON_CLOSE = "internal.leave.group.on.close";

    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);

    private static final Duration COMMIT_PATIENCE = Duration.ofSeconds(3);
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(3);
    private static final Duration WITHOUT_PARTITIONS = Duration.ofMillis(50);

    private final Positions positions;
    private final Duration patience;

    ResumingConsumer(Map<String, Object> config, Positions positions, Duration patience) {
        super(leavingItsGroup(config), new ByteArrayDeserializer(), new ByteArrayDeserializer());
        this.positions = positions;
        this.patience = patience;
    }

    /**
     * Kafka Streams has its consumers stay in the group when they close or start anew, to keep state stores where they
     * are. There is none here, and nobody would be assigned the partitions before the session has timed out.
     */
    private static Map<String, Object> leavingItsGroup(Map<String, Object> config) {
        Map<String, Object> leaving = new HashMap<>(config);
        leaving.put(LEAVE_GROUP_ON_CLOSE, true);
        return leaving;
    }

    @Override
    public void subscribe(Collection<String> topics, ConsumerRebalanceListener listener) {
        super.subscribe(topics, new TakeOver(listener));
    }

    /**
     * Kafka Streams polls without waiting while it has no partitions, to go on with its stores meanwhile. There are none,
     * and while the broker is away its threads would spin.
     */
    @Override
    public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
        return super.poll(timeout.isZero() && assignment().isEmpty() ? WITHOUT_PARTITIONS : timeout);
    }

    /** Leaves the group if the broker answers soon; if it does not, the session times out. */
    @Override
    public void close() {
        close(CloseOptions.timeout(CLOSE_PATIENCE));
    }

    /**
     * Kafka's offsets are for operators; what has been read stands in PostgreSQL. One that cannot be committed while the
     * broker is away is no reason to hold a thread up, least of all one that is closing.
     */
    @Override
    public void commitSync(Map<TopicPartition, OffsetAndMetadata> offsets) {
        try {
            super.commitSync(offsets, COMMIT_PATIENCE);
        } catch (TimeoutException e) {
            LOG.debugf("Offsets not committed: %s", e.getMessage());
        }
    }

    private void takeOver(Collection<TopicPartition> assigned) {
        if (assigned.isEmpty()) {
            return;
        }
        Map<TopicPartition, OffsetAndMetadata> committed = committed(Set.copyOf(assigned), patience);
        Map<TopicPartition, Long> beginnings = beginningOffsets(assigned, patience);
        Map<TopicPartition, Long> ends = endOffsets(assigned, patience);
        List<PartitionLog> logs = assigned.stream()
                .map(partition -> {
                    OffsetAndMetadata offset = committed.get(partition);
                    return new PartitionLog(
                            partition,
                            beginnings.get(partition),
                            ends.get(partition),
                            offset == null ? null : offset.offset());
                })
                .toList();
        positions
                .takeOver(logs)
                .onFailure()
                .retry()
                .withBackOff(FIRST_PAUSE)
                .expireIn(patience.toMillis())
                .await()
                .atMost(patience.plusSeconds(1))
                .forEach(this::seek);
    }

    private final class TakeOver implements ConsumerRebalanceListener {
        private final ConsumerRebalanceListener listener;

        private TakeOver(ConsumerRebalanceListener listener) {
            this.listener = listener;
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            takeOver(partitions);
            listener.onPartitionsAssigned(partitions);
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            listener.onPartitionsRevoked(partitions);
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            listener.onPartitionsLost(partitions);
        }
    }
}
