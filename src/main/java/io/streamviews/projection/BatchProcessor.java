package io.streamviews.projection;

import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.errors.TaskMigratedException;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jboss.logging.Logger;

/**
 * Gathers a task's records while the batch before is being written, and writes them the moment that one is done: batches
 * of one under little load, of thousands under much.
 *
 * <p>The stream thread fills, an event loop writes; {@code this} guards what they share. The thread waits only when both
 * batches are full. Kafka's committed offsets may run ahead of what is written: a task always resumes from its positions.
 */
final class BatchProcessor implements Processor<byte[], byte[], Void, Void> {

    private static final Logger LOG = Logger.getLogger(BatchProcessor.class);
    private static final Duration LOOK_FOR_FAILURE = Duration.ofSeconds(1);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final long CLOSE_PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final BatchWriter writer;
    private final Positions positions;
    private final List<BaseView<?>> views;
    private final ProjectionConfig config;
    private final ProjectionMetrics metrics;

    private ProcessorContext<Void, Void> context;
    private Epochs epochs;
    private WriteBatch filling;
    private boolean writing;
    private boolean retrying;
    private boolean closed;
    private Throwable failure;

    BatchProcessor(
            BatchWriter writer,
            Positions positions,
            List<BaseView<?>> views,
            ProjectionConfig config,
            ProjectionMetrics metrics) {
        this.writer = writer;
        this.positions = positions;
        this.views = views;
        this.config = config;
        this.metrics = metrics;
    }

    @Override
    public void init(ProcessorContext<Void, Void> context) {
        this.context = context;
        int partition = context.taskId().partition();
        epochs = positions.epochs(views.stream()
                .map(view -> new TopicPartition(view.topic(), partition))
                .distinct()
                .toList());
        filling = new WriteBatch(partition, views);
        context.schedule(LOOK_FOR_FAILURE, PunctuationType.WALL_CLOCK_TIME, now -> throwFailure());
    }

    @Override
    public synchronized void process(Record<byte[], byte[]> record) {
        throwFailure();
        awaitRoom();
        RecordMetadata source = context.recordMetadata().orElseThrow();
        filling.add(new SourceRecord(
                source.topic(), source.partition(), source.offset(), record.timestamp(), record.key(), record.value()));
        if (!writing) {
            write();
        }
    }

    /** What has not been written is dropped: the next owner reads it again. */
    @Override
    public synchronized void close() {
        closed = true;
        waitWhileWriting(System.nanoTime() + CLOSE_PATIENCE_NANOS, false);
    }

    private void awaitRoom() {
        waitWhileWriting(System.nanoTime() + config.stallTimeout().toNanos(), true);
        throwFailure();
        if (writing && isFull()) {
            throw new StalledException(filling.partition(), config.stallTimeout());
        }
    }

    private boolean isFull() {
        return filling.rows() >= config.batchMaxRows() || filling.bytes() >= config.batchMaxBytes();
    }

    private void waitWhileWriting(long deadline, boolean onlyIfFull) {
        try {
            while (writing && (!onlyIfFull || isFull())) {
                long millis = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (millis <= 0) {
                    return;
                }
                wait(millis);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void throwFailure() {
        if (failure instanceof FencedException) {
            throw new TaskMigratedException(failure.getMessage(), failure);
        }
        if (failure != null) {
            throw new IllegalStateException("Partition " + filling.partition() + " is no longer written", failure);
        }
    }

    private synchronized void write() {
        WriteBatch batch = filling;
        filling = new WriteBatch(batch.partition(), views);
        writing = true;
        long start = System.nanoTime();
        Uni.createFrom()
                .deferred(() -> writer.write(batch, epochs))
                .onFailure(this::isWorthRetrying)
                .invoke(problem -> reportRetry(batch, problem))
                .onFailure(this::isWorthRetrying)
                .retry()
                .withBackOff(FIRST_PAUSE, config.retryMaxPause())
                .indefinitely()
                .subscribe()
                .with(
                        written -> {
                            done(null);
                            metrics.committed(batch, start);
                        },
                        this::done);
    }

    /** After a failure nothing is written any more: the batch that failed would be missing before the next one. */
    private synchronized void done(Throwable problem) {
        writing = false;
        failure = problem;
        if (problem == null && retrying) {
            retrying = false;
            LOG.infof("Partition %d is written again", filling.partition());
        }
        if (problem == null && !closed && !filling.isEmpty()) {
            write();
        }
        notifyAll();
    }

    private synchronized boolean isWorthRetrying(Throwable problem) {
        return !closed && !(problem instanceof FencedException);
    }

    private synchronized void reportRetry(WriteBatch batch, Throwable problem) {
        metrics.retried();
        if (!retrying) {
            retrying = true;
            LOG.warnf(
                    "Partition %d: a batch of %d events cannot be written (%s); trying again until it can",
                    batch.partition(), batch.rows(), problem);
        }
    }
}
