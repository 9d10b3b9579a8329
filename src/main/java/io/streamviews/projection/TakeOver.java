package io.streamviews.projection;

import io.streamviews.kafka.TopicLogs;
import io.streamviews.postgres.BackOff;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * Takes over what a consumer is assigned, on the consumer's thread and without waiting there for PostgreSQL or Kafka:
 * whoever polls calls {@link #proceed}, again and again.
 *
 * <p>All tasks are taken over at once, as long as that can be done. One that cannot, because a partition of it has no leader, does not
 * hold the others up: after a failure half as many are tried at once, others first; after a success twice as many.
 */
final class TakeOver {

    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final long FIRST_EPOCH = 1;

    private final Consumer<byte[], byte[]> consumer;
    private final Positions positions;
    private final TopicLogs logs;
    private final WriteFailures troubles;
    private final BackOff backOff;
    private final Map<String, Map<TopicPartition, Assignment>> waiting = new LinkedHashMap<>();
    private final Map<TopicPartition, Divergence> divergences = new HashMap<>();
    private final Map<TopicPartition, Assignment> asked = new HashMap<>();
    private List<String> tried = List.of();
    private int most = Integer.MAX_VALUE;
    private CompletableFuture<List<Position>> attempt;
    private long next = System.nanoTime();

    /**
     * @param logs asks Kafka of partitions
     * @param maxPause the longest pause between two attempts
     */
    TakeOver(
            Consumer<byte[], byte[]> consumer,
            Positions positions,
            TopicLogs logs,
            WriteFailures troubles,
            Duration maxPause) {
        this.consumer = consumer;
        this.positions = positions;
        this.logs = logs;
        this.troubles = troubles;
        this.backOff = new BackOff(FIRST_PAUSE, maxPause);
    }

    /** @param task names those that are taken over together */
    void of(String task, TopicPartition partition, Assignment assignment) {
        waiting.computeIfAbsent(task, first -> new HashMap<>()).put(partition, assignment);
    }

    void forget(TopicPartition partition) {
        for (Map<TopicPartition, Assignment> task : waiting.values()) {
            if (task.remove(partition) != null) {
                troubles.forget(partition);
            }
        }
        waiting.values().removeIf(Map::isEmpty);
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
        tried = waiting.keySet().stream().limit(most).toList();
        asked.clear();
        tried.forEach(task -> asked.putAll(waiting.get(task)));
        Map<TopicPartition, Divergence> known = Map.copyOf(divergences);
        attempt = positions
                .takeOver(Set.copyOf(asked.keySet()), FIRST_EPOCH, logs, stored -> {
                    Divergence divergence = known.get(stored.partition());
                    return divergence == null || divergence.base() != stored.base() ? null : divergence.offset();
                })
                .subscribeAsCompletionStage();
    }

    private void finish() {
        try {
            attempt.join().forEach(this::takenOver);
            waiting.values().removeIf(Map::isEmpty);
            most = (int) Math.min(Integer.MAX_VALUE, 2L * most);
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
        if (waiting.values().stream().anyMatch(task -> task.remove(partition, assignment))) {
            divergences.remove(partition);
            // with the leader's epoch, so that the consumer looks whether the log has been truncated since
            consumer.seek(
                    partition, new OffsetAndMetadata(position.next(), Optional.ofNullable(position.leaderEpoch()), ""));
            assignment.takenOver(position);
            troubles.end(partition);
        }
    }

    private void failed(Throwable problem) {
        most = Math.max(1, tried.size() / 2);
        for (String task : tried) {
            Map<TopicPartition, Assignment> failed = waiting.remove(task);
            if (failed != null) {
                failed.keySet().forEach(partition -> troubles.begin(partition, problem));
                waiting.put(task, failed);
            }
        }
        next = System.nanoTime() + backOff.next().toNanos();
    }

    /** @param base of the position when it was found: if that has risen since, somebody has dealt with it */
    private record Divergence(long offset, long base) {}
}
