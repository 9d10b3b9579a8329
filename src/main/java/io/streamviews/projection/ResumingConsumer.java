package io.streamviews.projection;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.LogTruncationException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jboss.logging.Logger;

/**
 * A consumer that takes over what it is assigned and goes on from the positions in PostgreSQL, and that fetches nothing a
 * task has no room for. It goes on polling all the while, so it stays in its group however long PostgreSQL is away.
 *
 * <p>Kafka Streams commits offsets on its own, without asking whether what was read has been written. So a partition is
 * held back from its assignment until it has been taken over: nothing can have been fetched by then. What Kafka Streams
 * pauses and resumes, for its own buffers, is kept apart from what is held back here.
 */
final class ResumingConsumer extends KafkaConsumer<byte[], byte[]> {

    private static final Logger LOG = Logger.getLogger(ResumingConsumer.class);

    /** Internal to Kafka's clients, and the only way: see {@code ConsumerConfig} of kafka-clients 4.1. */
    private static final String LEAVE_GROUP_ON_CLOSE = "internal.leave.group.on.close";

    private static final Duration COMMIT_PATIENCE = Duration.ofSeconds(3);
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(3);
    private static final Duration WITHOUT_PARTITIONS = Duration.ofMillis(50);

    /** A batch takes longer to write than this, so that holding back costs no throughput. */
    private static final Duration WHILE_HELD_BACK = Duration.ofMillis(10);

    private final Assignments assignments;
    private final Shutdown shutdown;
    private final TakeOver takeOver;
    private final Map<TopicPartition, Assignment> owned = new HashMap<>();
    private final Set<TopicPartition> heldBack = new HashSet<>();
    private final Set<TopicPartition> pausedByStreams = new HashSet<>();
    private ConsumerRebalanceListener streams;

    ResumingConsumer(
            Map<String, Object> config,
            Assignments assignments,
            Shutdown shutdown,
            Function<Consumer<byte[], byte[]>, TakeOver> takeOver) {
        super(settings(config), new ByteArrayDeserializer(), new ByteArrayDeserializer());
        this.assignments = assignments;
        this.shutdown = shutdown;
        this.takeOver = takeOver.apply(this);
    }

    /**
     * Consumers of Kafka Streams do not leave the group when they close or restart, so that state stores stay where
     * they are. There are none here, and the partitions would be unassigned until the session timed out. Records of
     * open or aborted transactions are no events; and an offset that is gone must fail instead of being reset.
     */
    private static Map<String, Object> settings(Map<String, Object> config) {
        Map<String, Object> settings = new HashMap<>(config);
        settings.put(LEAVE_GROUP_ON_CLOSE, true);
        settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        return settings;
    }

    @Override
    public void subscribe(Collection<String> topics, ConsumerRebalanceListener listener) {
        streams = listener;
        super.subscribe(topics, new Resumption(listener));
    }

    /**
     * Kafka Streams polls without waiting while it has no partitions, to restore its stores meanwhile. There are none,
     * and while the broker is away its threads would spin. While stopping it polls until a rebalance has ended: if that
     * takes too long, it is told that the rebalance assigned nothing.
     */
    @Override
    public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
        if (shutdown.isOverdue()) {
            streams.onPartitionsAssigned(Set.of());
            return ConsumerRecords.empty();
        }
        takeOver.proceed();
        holdBack();
        if (timeout.isZero()) {
            return read(owned.isEmpty() ? WITHOUT_PARTITIONS : timeout);
        }
        return read(heldBack.isEmpty() ? timeout : WHILE_HELD_BACK);
    }

    /** Kafka Streams would silently reset an offset that is out of range; here the task ends instead. */
    private ConsumerRecords<byte[], byte[]> read(Duration timeout) {
        try {
            ConsumerRecords<byte[], byte[]> records = untilDivergences(super.poll(timeout));
            records.nextOffsets().forEach((partition, next) -> {
                Assignment assignment = owned.get(partition);
                if (assignment != null) {
                    assignment.polled(records.records(partition), next);
                }
            });
            return records;
        } catch (OffsetOutOfRangeException gone) {
            gone.offsetOutOfRangePartitions().forEach((partition, place) -> lose(partition, place, gone));
            return ConsumerRecords.empty();
        }
    }

    /** Without what stands where another record was read before: it must have another place, and the loss be said. */
    private ConsumerRecords<byte[], byte[]> untilDivergences(ConsumerRecords<byte[], byte[]> records) {
        Map<TopicPartition, OffsetAndMetadata> ends = new HashMap<>();
        for (TopicPartition partition : records.partitions()) {
            Assignment assignment = owned.get(partition);
            Long from = assignment == null ? null : assignment.divergence(records.records(partition));
            if (from != null) {
                ends.put(partition, new OffsetAndMetadata(from));
                lose(partition, assignment, from);
            }
        }
        return ends.isEmpty() ? records : until(ends, records);
    }

    private static ConsumerRecords<byte[], byte[]> until(
            Map<TopicPartition, OffsetAndMetadata> ends, ConsumerRecords<byte[], byte[]> records) {
        Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>(records.nextOffsets());
        next.putAll(ends);
        Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> kept = new HashMap<>();
        records.partitions()
                .forEach(partition -> kept.put(
                        partition,
                        records.records(partition).stream()
                                .filter(record ->
                                        record.offset() < next.get(partition).offset())
                                .toList()));
        return new ConsumerRecords<>(kept, next);
    }

    /** The task ends once it has written what it has, and whoever takes the partition over next finds out what is lost. */
    private void lose(TopicPartition partition, long place, OffsetOutOfRangeException gone) {
        Assignment assignment = owned.get(partition);
        if (assignment == null) {
            return;
        }
        LOG.debugf("%s no longer has what follows offset %d: %s", partition, place, gone.getMessage());
        if (gone instanceof LogTruncationException truncation) {
            OffsetAndMetadata divergence = truncation.divergentOffsets().get(partition);
            // without a leader's epoch: the consumer has nothing to look up any more
            seek(partition, place);
            lose(partition, assignment, divergence == null ? 0 : divergence.offset());
        }
        assignment.lose();
    }

    private void lose(TopicPartition partition, Assignment assignment, long divergence) {
        takeOver.diverges(partition, assignment, divergence);
        assignment.lose();
    }

    @Override
    public void pause(Collection<TopicPartition> partitions) {
        pausedByStreams.addAll(partitions);
        super.pause(partitions);
    }

    @Override
    public void resume(Collection<TopicPartition> partitions) {
        pausedByStreams.removeAll(partitions);
        super.resume(partitions.stream()
                .filter(partition -> !heldBack.contains(partition))
                .toList());
    }

    /** Leaves the group if the broker answers soon; if it does not, the session times out. */
    @Override
    public void close() {
        close(CloseOptions.timeout(CLOSE_PATIENCE));
    }

    /**
     * Kafka's offsets are for operators; what has been read stands in PostgreSQL. One that cannot be committed while the
     * broker is away, or in the midst of a rebalance, is no reason to hold a thread up, least of all one that is closing.
     */
    @Override
    public void commitSync(Map<TopicPartition, OffsetAndMetadata> offsets) {
        try {
            super.commitSync(offsets, COMMIT_PATIENCE);
        } catch (TimeoutException | RebalanceInProgressException e) {
            LOG.debugf("Offsets not committed: %s", e.getMessage());
        }
    }

    private void begin(TopicPartition partition) {
        Assignment assignment = assignments.begin(partition);
        owned.put(partition, assignment);
        takeOver.of(assignments.taskOf(partition), partition, assignment);
        // Any offset will do until it is taken over; without one, Kafka Streams would reset it.
        seek(partition, 0);
    }

    private void end(TopicPartition partition) {
        Assignment assignment = owned.remove(partition);
        if (assignment != null) {
            assignments.end(partition, assignment);
        }
        takeOver.forget(partition);
        heldBack.remove(partition);
        pausedByStreams.remove(partition);
    }

    private void holdBack() {
        boolean full = assignments.areFull();
        owned.forEach((partition, assignment) -> {
            if (full && assignment.unwritten() > 0 || assignment.isHeldBack()) {
                if (heldBack.add(partition)) {
                    super.pause(Set.of(partition));
                }
            } else if (heldBack.remove(partition) && !pausedByStreams.contains(partition)) {
                super.resume(Set.of(partition));
            }
        });
    }

    private final class Resumption implements ConsumerRebalanceListener {
        private final ConsumerRebalanceListener listener;

        private Resumption(ConsumerRebalanceListener listener) {
            this.listener = listener;
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            partitions.forEach(ResumingConsumer.this::begin);
            holdBack();
            takeOver.proceed();
            listener.onPartitionsAssigned(partitions);
        }

        /** The tasks are closed first: what they have begun to write is still theirs. */
        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            listener.onPartitionsRevoked(partitions);
            partitions.forEach(ResumingConsumer.this::end);
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            listener.onPartitionsLost(partitions);
            partitions.forEach(ResumingConsumer.this::end);
        }
    }
}
