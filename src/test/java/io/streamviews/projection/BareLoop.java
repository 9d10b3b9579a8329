package io.streamviews.projection;

import io.streamviews.source.BaseView;
import io.streamviews.source.Message;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * The least that can bring a topic into a base view: consumers that read events as the projection does and write them in
 * batches, each thread on its own. It loses its place when it ends, and stops at the first event that it cannot read.
 */
public final class BareLoop {

    private static final Duration POLL = Duration.ofMillis(50);

    private final String bootstrapServers;
    private final String jdbcUrl;
    private final String user;
    private final String schema;
    private final BaseView view;
    private final int partitions;
    private final int batchRows;
    private final AtomicLong firstCommit = new AtomicLong();

    public BareLoop(
            String bootstrapServers,
            String jdbcUrl,
            String user,
            String schema,
            BaseView view,
            int partitions,
            int batchRows) {
        this.bootstrapServers = bootstrapServers;
        this.jdbcUrl = jdbcUrl;
        this.user = user;
        this.schema = schema;
        this.view = view;
        this.partitions = partitions;
        this.batchRows = batchRows;
    }

    /** Reads the topic to its present end. @return seconds from the first commit to the last */
    public double run(int threads) {
        Executor ownThread = task -> new Thread(task).start();
        CompletableFuture.allOf(IntStream.range(0, threads)
                        .mapToObj(thread -> CompletableFuture.runAsync(() -> read(thread, threads), ownThread))
                        .toArray(CompletableFuture[]::new))
                .join();
        return (System.nanoTime() - firstCommit.get()) / 1e9;
    }

    private void read(int thread, int threads) {
        Map<String, Object> config = Map.of("bootstrap.servers", bootstrapServers, "max.poll.records", batchRows);
        try (KafkaConsumer<byte[], byte[]> consumer =
                        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
                PlainUpsert upsert = new PlainUpsert(jdbcUrl, user, schema, view)) {
            consumer.assign(IntStream.range(0, partitions)
                    .filter(partition -> partition % threads == thread)
                    .mapToObj(partition -> new TopicPartition(view.topic(), partition))
                    .toList());
            consumer.seekToBeginning(consumer.assignment());
            Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
            TableBatch batch = new TableBatch(view);
            int rows = 0;
            while (isBehind(consumer, ends)) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    batch.add(
                            view.read(new Message(record.key(), record.value(), record.timestamp())), record.offset());
                    if (++rows % batchRows == 0) {
                        commit(upsert, batch);
                        batch = new TableBatch(view);
                    }
                }
            }
            if (rows % batchRows != 0) {
                commit(upsert, batch);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Positions rather than a count of records: compaction leaves gaps. */
    private static boolean isBehind(KafkaConsumer<?, ?> consumer, Map<TopicPartition, Long> ends) {
        return ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue());
    }

    private void commit(PlainUpsert upsert, TableBatch batch) throws SQLException {
        upsert.execute(batch.upsertParameters());
        firstCommit.compareAndSet(0, System.nanoTime());
    }
}
