package io.streamviews.projection;

import io.streamviews.source.Message;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
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
 * <p>Never blocks its stream thread, so that the thread stays in its group however long PostgreSQL is away. Kafka's
 * committed offsets may run ahead of what is written: a task always resumes from its positions.
 */
final class BatchProcessor implements Processor<byte[], byte[], Void, Void> {

    private static final Logger LOG = Logger.getLogger(BatchProcessor.class);
    private static final Duration LOOK = Duration.ofMillis(250);

    private final List<String> topics;
    private final Assignments assignments;
    private final Batching batching;
    private final BatchTraces traces;

    private ProcessorContext<Void, Void> context;
    private Map<String, Assignment> byTopic;
    private BatchQueue queue;

    BatchProcessor(List<String> topics, Assignments assignments, Batching batching, BatchTraces traces) {
        this.topics = topics;
        this.assignments = assignments;
        this.batching = batching;
        this.traces = traces;
    }

    /** Called again if Kafka Streams resumes a task that it had closed. */
    @Override
    public void init(ProcessorContext<Void, Void> context) {
        this.context = context;
        int partition = context.taskId().partition();
        byTopic = topics.stream()
                .collect(Collectors.toMap(
                        topic -> topic, topic -> assignments.of(new TopicPartition(topic, partition))));
        queue = new BatchQueue(partition, byTopic, batching);
        context.schedule(LOOK, PunctuationType.WALL_CLOCK_TIME, now -> look());
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        throwFailure();
        RecordMetadata source = context.recordMetadata().orElseThrow();
        Assignment assignment = byTopic.get(source.topic());
        queue.add(new TopicRecord(
                source.topic(),
                source.partition(),
                source.offset(),
                assignment.place(source.offset()),
                new Message(record.key(), record.value(), record.headers(), record.timestamp()),
                traces.of(record.headers())));
        assignment.given(source.offset());
    }

    /** Finds failures, empty offsets and lost logs, also while no records come. */
    private void look() {
        throwFailure();
        byTopic.forEach((topic, assignment) -> assignment.emptyUpTo().ifPresent(next -> queue.reach(topic, next)));
        for (Assignment assignment : byTopic.values()) {
            if (assignment.isLost() && assignment.hasArrived() && queue.isIdle()) {
                throw again("Kafka no longer has what follows", null);
            }
        }
    }

    /** Thrown, it makes Kafka Streams give up all tasks of this thread, not only this one. */
    private RejoinGroupException again(String why, Throwable cause) {
        LOG.infof(
                "Partition %d is taken over again, with the others of this thread: %s",
                context.taskId().partition(), why);
        return new RejoinGroupException("Task %s is to be taken over again".formatted(context.taskId()), cause);
    }

    /** What has not been written is dropped: the next owner reads it again. */
    @Override
    public void close() {
        queue.close();
    }

    private void throwFailure() {
        Throwable failure = queue.failure();
        boolean stale = failure instanceof FencedException;
        for (Assignment assignment : byTopic.values()) {
            stale |= assignment.isStale();
        }
        if (stale) {
            throw again(
                    "a replay, a roll-back or another instance has raised its epoch, its topic was made anew, or PostgreSQL"
                            + " has lost what it had committed",
                    failure);
        }
        if (failure != null) {
            throw new IllegalStateException(
                    "Partition " + context.taskId().partition() + " is no longer written", failure);
        }
    }
}
