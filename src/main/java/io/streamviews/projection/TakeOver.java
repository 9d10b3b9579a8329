package io.streamviews.projection;

import io.streamviews.projection.Positions.PartitionLog;
import io.streamviews.projection.Positions.Start;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;

/**
 * Takes over what a consumer is assigned, on the consumer's thread and without waiting there for PostgreSQL: whoever polls
 * calls {@link #proceed}, again and again. What Kafka says of a partition is read anew for each attempt, because the one
 * that succeeds may come hours after the assignment.
 */
final class TakeOver {

    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Duration BROKER_PATIENCE = Duration.ofSeconds(5);

    private final Consumer<byte[], byte[]> consumer;
    private final Positions positions;
    private final Troubles troubles;
    private final Duration maxPause;
    private final Map<TopicPartition, Assignment> waiting = new HashMap<>();
    private Map<TopicPartition, Assignment> asked = Map.of();
    private CompletableFuture<Map<TopicPartition, Start>> attempt;
    private Duration pause = FIRST_PAUSE;
    private long next = System.nanoTime();

    /** @param maxPause the longest pause between two attempts */
    TakeOver(Consumer<byte[], byte[]> consumer, Positions positions, Troubles troubles, Duration maxPause) {
        this.consumer = consumer;
        this.positions = positions;
        this.troubles = troubles;
        this.maxPause = maxPause;
    }

    void of(TopicPartition partition, Assignment assignment) {
        waiting.put(partition, assignment);
    }

    void forget(TopicPartition partition) {
        if (waiting.remove(partition) != null) {
            troubles.forget(partition.partition());
        }
    }

    /** Begins an attempt if it is time for one; has the consumer go on from the positions when one has succeeded. */
    void proceed() {
        if (attempt != null && attempt.isDone()) {
            finish();
        }
        if (attempt == null && !waiting.isEmpty() && System.nanoTime() - next >= 0) {
            begin();
        }
    }

    private void begin() {
        asked = Map.copyOf(waiting);
        try {
            attempt = positions.takeOver(logs(asked.keySet())).subscribeAsCompletionStage();
        } catch (RetriableException e) {
            failed(e);
        }
    }

    private void finish() {
        try {
            attempt.join().values().forEach(this::takenOver);
            pause = FIRST_PAUSE;
        } catch (CompletionException e) {
            failed(e.getCause());
        } finally {
            attempt = null;
        }
    }

    /** The place first, and only then its release: else what lies in between would be read. */
    private void takenOver(Start start) {
        Assignment assignment = asked.get(start.partition());
        if (waiting.remove(start.partition(), assignment)) {
            consumer.seek(start.partition(), start.offset());
            assignment.pause(start.paused());
            assignment.takenOver(start.epoch());
            troubles.end(start.partition().partition());
        }
    }

    private void failed(Throwable problem) {
        waiting.keySet().forEach(partition -> troubles.begin(partition.partition(), problem));
        next = System.nanoTime() + pause.toNanos();
        Duration doubled = pause.multipliedBy(2);
        pause = doubled.compareTo(maxPause) < 0 ? doubled : maxPause;
    }

    private List<PartitionLog> logs(Set<TopicPartition> partitions) {
        Map<TopicPartition, OffsetAndMetadata> committed = consumer.committed(partitions, BROKER_PATIENCE);
        Map<TopicPartition, Long> beginnings = consumer.beginningOffsets(partitions, BROKER_PATIENCE);
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions, BROKER_PATIENCE);
        return partitions.stream()
                .map(partition -> {
                    OffsetAndMetadata offset = committed.get(partition);
                    return new PartitionLog(
                            partition,
                            beginnings.get(partition),
                            ends.get(partition),
                            offset == null ? null : offset.offset());
                })
                .toList();
    }
}
