package io.streamviews.projection.generation;

import io.smallrye.mutiny.Uni;
import io.streamviews.projection.BatchWriter;
import io.streamviews.projection.Epochs;
import io.streamviews.projection.Position;
import io.streamviews.projection.Positions;
import io.streamviews.projection.TopicRecord;
import io.streamviews.projection.WriteBatch;
import io.streamviews.source.Message;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * One thread's share of a generation's partitions: reads them up to given ends, and writes one batch of each, one after the other,
 * while the next ones are read and decoded, unless others are to have the time. Used by one thread at a time, and no more once it
 * has failed.
 */
final class FillWorker implements AutoCloseable {

    private static final Duration POLL = Duration.ofMillis(200);

    /** A small batch costs more than this wait for a larger one. */
    private static final Duration FOR_MORE = Duration.ofMillis(20);

    /** So many of the largest events fit into memory. */
    private static final int MAX_POLL_RECORDS = 500;

    private final Consumer<byte[], byte[]> consumer;
    private final Map<TopicPartition, Position> starts;
    private final Map<Integer, Epochs> epochs;
    private final Common common;
    private final Map<Integer, WriteBatch> batches = new TreeMap<>();
    private CompletableFuture<Void> writing = CompletableFuture.completedFuture(null);
    private final Map<TopicPartition, Long> read = new HashMap<>();
    private final Map<TopicPartition, Long> positions = new HashMap<>();
    private final Map<TopicPartition, Integer> leaderEpochs = new HashMap<>();
    private volatile Map<TopicPartition, Long> reached;

    /**
     * What all workers of a generation have in common.
     *
     * @param writer asked for each batch
     */
    record Common(
            Supplier<BatchWriter> writer,
            Positions positions,
            BuildConfig config,
            BooleanSupplier cancelled,
            Pace pace) {}

    /** @param starts where each partition of the share begins, and at which epoch it may be written */
    FillWorker(Consumer<byte[], byte[]> consumer, Map<TopicPartition, Position> starts, Common common) {
        this.consumer = consumer;
        this.starts = starts;
        this.common = common;
        this.epochs = starts.keySet().stream()
                .collect(Collectors.groupingBy(
                        TopicPartition::partition,
                        Collectors.collectingAndThen(
                                Collectors.toMap(TopicPartition::topic, partition -> starts.get(partition)
                                        .epoch()),
                                Epochs::new)));
        starts.forEach((partition, start) -> {
            read.put(partition, start.next());
            positions.put(partition, start.next());
        });
        this.reached = Map.copyOf(read);
        consumer.assign(starts.keySet());
        consumer.pause(starts.keySet());
        starts.forEach((partition, start) -> {
            leaderEpochs.put(partition, start.leaderEpoch());
            seek(partition, start.next());
        });
    }

    /** Of its consumer. */
    static Map<String, Object> settings(BuildConfig config) {
        return Map.of(
                // what is no longer there is found out, and recorded, by the next attempt
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                "none",
                ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
                Math.min(MAX_POLL_RECORDS, config.batchMaxRows()));
    }

    /** How far each partition has been written. */
    Map<TopicPartition, Long> reached() {
        return reached;
    }

    /**
     * Returns when all that stands before the ends has been written, and nothing after them; or when it is time.
     *
     * @param deadline of {@link System#nanoTime()}
     * @return whether it has come to the ends
     */
    boolean fill(Map<TopicPartition, Long> ends, long deadline) {
        Set<TopicPartition> open = new HashSet<>();
        starts.keySet().forEach(partition -> {
            if (reached.get(partition) < ends.getOrDefault(partition, 0L)) {
                open.add(partition);
            }
        });
        consumer.resume(open);
        while (!open.isEmpty() && System.nanoTime() - deadline < 0) {
            ConsumerRecords<byte[], byte[]> records = poll(batches.isEmpty() ? POLL : FOR_MORE);
            common.pace().work(() -> gather(records, ends));
            settle(open, ends);
            if (isFull() || records.isEmpty() && writing.isDone()) {
                common.pace().work(this::writeBehind);
            }
        }
        common.pace().work(this::writeBehind);
        awaitWritten();
        consumer.pause(open);
        List<Position> reached = reached(ends);
        common.positions().reach(reached, positions).await().indefinitely();
        reached.forEach(position -> positions.merge(position.partition(), position.next(), Math::max));
        return open.isEmpty();
    }

    private void gather(ConsumerRecords<byte[], byte[]> records, Map<TopicPartition, Long> ends) {
        for (TopicPartition partition : records.partitions()) {
            long base = starts.get(partition).base();
            long end = ends.get(partition);
            WriteBatch batch = null;
            for (ConsumerRecord<byte[], byte[]> record : records.records(partition)) {
                if (record.offset() >= end) {
                    break;
                }
                if (batch == null) {
                    batch = batches.computeIfAbsent(
                            partition.partition(),
                            number -> common.writer().get().newBatch(number));
                }
                batch.add(source(record, base));
            }
        }
    }

    private ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
        ConsumerRecords<byte[], byte[]> records = consumer.poll(timeout);
        records.nextOffsets().forEach((partition, next) -> next.leaderEpoch()
                .ifPresent(epoch -> leaderEpochs.put(partition, epoch)));
        return records;
    }

    /** With the leader's epoch, so that the consumer looks whether the log has been truncated since. */
    private void seek(TopicPartition partition, long offset) {
        consumer.seek(partition, new OffsetAndMetadata(offset, Optional.ofNullable(leaderEpochs.get(partition)), ""));
    }

    private boolean isFull() {
        int rows = 0;
        long bytes = 0;
        for (WriteBatch batch : batches.values()) {
            rows += batch.rows();
            bytes += batch.bytes();
        }
        return rows >= common.config().batchMaxRows()
                || bytes >= common.config().batchMaxBytes();
    }

    private List<Position> reached(Map<TopicPartition, Long> ends) {
        return starts.values().stream()
                .filter(start -> ends.containsKey(start.partition()))
                .map(start -> start.at(reached.get(start.partition()), start.seen())
                        .readFrom(leaderEpochs.get(start.partition())))
                .toList();
    }

    /** Notes how far each partition has been read, and closes those that have come to their ends. */
    private void settle(Set<TopicPartition> open, Map<TopicPartition, Long> ends) {
        for (TopicPartition partition : Set.copyOf(open)) {
            long position = consumer.position(partition);
            long end = ends.get(partition);
            if (position > end) {
                seek(partition, end);
            }
            if (position >= end) {
                consumer.pause(Set.of(partition));
                open.remove(partition);
            }
            read.put(partition, Math.min(position, end));
        }
    }

    private void writeBehind() {
        batches.values().forEach(WriteBatch::makeParameters);
        awaitWritten();
        if (common.cancelled().getAsBoolean()) {
            throw new CancellationException("The generation is no longer filled");
        }
        starts.keySet().stream()
                .filter(partition -> batches.containsKey(partition.partition()))
                .forEach(partition -> batches.get(partition.partition())
                        .goesOn(partition.topic(), positions.get(partition), leaderEpochs.get(partition)));
        // who goes on from there waits first for these to be written
        batches.forEach((partition, batch) ->
                batch.ends().forEach((topic, next) -> positions.put(new TopicPartition(topic, partition), next)));
        Map<TopicPartition, Long> end = Map.copyOf(read);
        BatchWriter now = common.writer().get();
        Uni<Void> all = Uni.createFrom().voidItem();
        for (WriteBatch batch : batches.values()) {
            all = all.chain(() -> now.write(batch, epochs.get(batch.partition())));
        }
        writing = all.invoke(() -> reached = end).subscribeAsCompletionStage();
        batches.clear();
        if (common.pace().isYielding()) {
            awaitWritten();
        }
    }

    private void awaitWritten() {
        try {
            writing.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    private static TopicRecord source(ConsumerRecord<byte[], byte[]> record, long base) {
        return new TopicRecord(
                record.topic(),
                record.partition(),
                record.offset(),
                base + record.offset(),
                new Message(record.key(), record.value(), record.headers(), Math.max(0, record.timestamp())));
    }

    @Override
    public void close() {
        consumer.close();
    }
}
