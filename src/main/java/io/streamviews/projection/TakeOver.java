package io.streamviews.projection;

import io.smallrye.mutiny.Uni;
import io.streamviews.kafka.PartitionLog;
import io.streamviews.postgres.BackOff;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * Takes over what a consumer is assigned, on the consumer's thread and without waiting there for PostgreSQL or Kafka:
 * whoever polls calls {@link #proceed}, again and again.
 */
final class TakeOver {

    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final long FIRST_EPOCH = 1;

    private final Consumer<byte[], byte[]> consumer;
    private final Positions positions;
    private final Function<Collection<TopicPartition>, Uni<List<PartitionLog>>> logs;
    private final WriteFailures troubles;
    private final BackOff backOff;
    private final Map<TopicPartition, Assignment> waiting = new HashMap<>();
    private final Map<TopicPartition, Divergence> divergences = new HashMap<>();
    private Map<TopicPartition, Assignment> asked = Map.of();
    private CompletableFuture<List<Position>> attempt;
    private long next = System.nanoTime();

    /**
     * @param logs asks Kafka of partitions
     * @param maxPause the longest pause between two attempts
     */
    TakeOver(
            Consumer<byte[], byte[]> consumer,
            Positions positions,
            Function<Collection<TopicPartition>, Uni<List<PartitionLog>>> logs,
            WriteFailures troubles,
            Duration maxPause) {
        this.consumer = consumer;
        this.positions = positions;
        this.logs = logs;
        this.troubles = troubles;
        this.backOff = new BackOff(FIRST_PAUSE, maxPause);
    }

    void of(TopicPartition partition, Assignment assignment) {
        waiting.put(partition, assignment);
    }

    void forget(TopicPartition partition) {
        if (waiting.remove(partition) != null) {
            troubles.forget(partition);
        }
    }

    /** The consumer has found that a log is another one than was read, from this offset on: who takes it over must know. */
    void diverges(TopicPartition partition, Assignment assignment, long offset) {
        divergences.put(partition, new Divergence(offset, assignment.place(0)));
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
        Map<TopicPartition, Divergence> known = Map.copyOf(divergences);
        attempt = positions
                .takeOver(asked.keySet(), FIRST_EPOCH, logs, stored -> {
                    Divergence divergence = known.get(stored.partition());
                    return divergence == null || divergence.base() != stored.base() ? null : divergence.offset();
                })
                .subscribeAsCompletionStage();
    }

    private void finish() {
        try {
            attempt.join().forEach(this::takenOver);
            backOff.reset();
        } catch (CompletionException e) {
            failed(e.getCause());
        } finally {
            attempt = null;
        }
    }

    /** Seeks before it lets the consumer fetch: else it would read from another offset. */
    private void takenOver(Position position) {
        TopicPartition partition = position.partition();
        Assignment assignment = asked.get(partition);
        if (waiting.remove(partition, assignment)) {
            divergences.remove(partition);
            // with the leader's epoch, so that the consumer looks whether the log has been truncated since
            consumer.seek(
                    partition, new OffsetAndMetadata(position.next(), Optional.ofNullable(position.leaderEpoch()), ""));
            assignment.takenOver(position);
            troubles.end(partition);
        }
    }

    private void failed(Throwable problem) {
        waiting.keySet().forEach(partition -> troubles.begin(partition, problem));
        next = System.nanoTime() + backOff.next().toNanos();
    }

    /** @param base of the position when it was found: if that has risen since, somebody has dealt with it */
    private record Divergence(long offset, long base) {}
}
