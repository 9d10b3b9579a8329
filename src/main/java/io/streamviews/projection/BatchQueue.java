package io.streamviews.projection;

import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;

/**
 * A task's batches on their way to PostgreSQL, written one at a time and in order, each until it succeeds, while the
 * next one fills. A batch that is not full waits for an interval since the last one began: a transaction costs much
 * more than a row, and at moderate rates many small ones would take CPU from everybody else. The interval grows with
 * the time that writing takes, up to a limit, so that an overloaded machine gets fewer and larger batches; and it can be set
 * to more. Adding never waits: when a batch is full behind the one being written, the consumer fetches no more for the task,
 * and only what Kafka Streams has buffered still comes.
 *
 * <p>It stops for good when anything but PostgreSQL fails, even if the heap is exhausted while a record is added: later
 * records must not be written without that one.
 *
 * <p>The stream thread adds, an event loop writes; {@code this} guards what they share.
 */
final class BatchQueue {

    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Duration LONG_AGO = Duration.ofDays(1);
    private static final Duration WHILE_PAUSED = Duration.ofMillis(500);
    private static final long CLOSE_PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

    /**
     * The interval is this many times what the last write took, and at most {@link #MAX_INTERVALS} times the shortest.
     */
    private static final int TIMES_OF_LAST = 3;

    private static final int MAX_INTERVALS = 4;

    private final int partition;
    private final TopicPartition task;
    private final Map<String, Assignment> assignments;
    private final WriteFailures troubles;
    private final ProjectionConfig config;
    private final BatchListener listener;
    private final Supplier<BatchWriter> writers;
    private final Supplier<Duration> spacing;
    private final Deque<WriteBatch> full = new ArrayDeque<>();
    private BatchWriter writer;
    private WriteBatch filling;
    private Epochs epochs;
    private long lastStart;
    private long lastNanos;
    private long unwritten;
    private boolean waiting;
    private boolean writing;
    private boolean troubled;
    private boolean closed;
    private volatile Throwable failure;

    /** @param assignments by topic */
    BatchQueue(int partition, Map<String, Assignment> assignments, Batching batching) {
        this.partition = partition;
        this.task = new TopicPartition(new TreeSet<>(assignments.keySet()).first(), partition);
        this.assignments = assignments;
        this.writers = batching.writer();
        this.spacing = batching.spacing();
        this.troubles = batching.troubles();
        this.config = batching.config();
        this.listener = batching.listener();
        this.lastStart = System.nanoTime() - LONG_AGO.toNanos();
    }

    /** Takes a record, never waiting, and never refusing it for want of room. */
    synchronized void add(TopicRecord record) {
        try {
            begin();
            if (isFull()) {
                full.add(filling);
                filling = writer.newBatch(partition);
            }
            filling.add(record);
            unwritten(record.message().size());
            if (isFull()) {
                filling.makeParameters();
            }
            if (!writing) {
                writeInTime();
            } else if (isFull()) {
                tellWhetherThereIsRoom();
            }
        } catch (RuntimeException | Error e) {
            stop(e);
            throw e;
        }
    }

    /** Moves a topic's position on to an offset, behind all records that have been added. */
    synchronized void reach(String topic, long next) {
        begin();
        filling.reach(topic, next);
        if (!writing && !closed) {
            writeInTime();
        }
    }

    /** Whether all that was added has been written. */
    synchronized boolean isIdle() {
        return !writing && full.isEmpty() && (filling == null || filling.isEmpty());
    }

    /** What made it stop writing for good; null if nothing did. */
    Throwable failure() {
        return failure;
    }

    /** Waits for the batch that is being written, if that goes well. What has not been written is dropped. */
    synchronized void close() {
        closed = true;
        long deadline = System.nanoTime() + CLOSE_PATIENCE_NANOS;
        try {
            for (long left = CLOSE_PATIENCE_NANOS;
                    writing && !troubled && left > 0;
                    left = deadline - System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        troubles.forget(task);
        // the assignment may outlive it, and would hold all others up
        unwritten(-unwritten);
    }

    /** Not before something has been read, and so been taken over. */
    private void begin() {
        if (writer == null) {
            writer = writers.get();
            filling = writer.newBatch(partition);
        }
    }

    /** Each of the task's assignments has a share in it: the sum of all is what counts, and whether it is anything. */
    private void unwritten(long change) {
        unwritten += change;
        long share = (unwritten + assignments.size() - 1) / assignments.size();
        assignments.values().forEach(assignment -> assignment.unwritten(share));
    }

    private boolean isFull() {
        return filling.rows() >= config.batchMaxRows() || filling.bytes() >= config.batchMaxBytes();
    }

    private void tellWhetherThereIsRoom() {
        boolean room = full.isEmpty() && !isFull();
        assignments.values().forEach(assignment -> assignment.hasRoom(room));
    }

    /** Writes at once if a batch is full or the interval since the last one is over; else when it is. */
    private void writeInTime() {
        if (failure != null) {
            return;
        }
        long waitMillis = TimeUnit.NANOSECONDS.toMillis(lastStart + interval() - System.nanoTime());
        if (waitMillis <= 0 || isFull() || !full.isEmpty()) {
            write();
        } else if (!waiting) {
            waiting = true;
            Uni.createFrom()
                    .voidItem()
                    .onItem()
                    .delayIt()
                    .by(Duration.ofMillis(waitMillis))
                    .subscribe()
                    .with(timeIsUp -> writeWhatWaited(), this::stop);
        }
    }

    private long interval() {
        long shortest = config.batchInterval().toNanos();
        long usual = Math.max(shortest, Math.min(lastNanos * TIMES_OF_LAST, shortest * MAX_INTERVALS));
        return Math.max(usual, spacing.get().toNanos());
    }

    private synchronized void writeWhatWaited() {
        waiting = false;
        if (!writing && !closed && !filling.isEmpty()) {
            writeOrStop();
        }
    }

    private void write() {
        WriteBatch batch = next();
        assignments.forEach((topic, assignment) -> batch.goesOn(topic, assignment.written(), assignment.leaderEpoch()));
        Epochs as = epochs();
        writing = true;
        tellWhetherThereIsRoom();
        long start = System.nanoTime();
        lastStart = start;
        Uni.createFrom()
                .deferred(() -> writer.write(batch, as))
                .onFailure(this::isPaused)
                .retry()
                .withBackOff(FIRST_PAUSE, WHILE_PAUSED)
                .indefinitely()
                .onFailure(this::isWorthRetrying)
                .invoke(this::reportTrouble)
                .onFailure(this::isWorthRetrying)
                .retry()
                .withBackOff(FIRST_PAUSE, config.retryMaxPause())
                .indefinitely()
                .subscribe()
                .with(
                        written -> {
                            written(batch);
                            listener.committed(batch, start);
                        },
                        this::stop);
    }

    private WriteBatch next() {
        if (!full.isEmpty()) {
            return full.remove();
        }
        WriteBatch next = filling;
        filling = writer.newBatch(partition);
        return next;
    }

    private Epochs epochs() {
        if (epochs == null) {
            epochs = new Epochs(assignments.entrySet().stream()
                    .collect(Collectors.toMap(
                            Map.Entry::getKey, entry -> entry.getValue().epoch())));
        }
        return epochs;
    }

    private synchronized void written(WriteBatch batch) {
        lastNanos = System.nanoTime() - lastStart;
        writing = false;
        troubled = false;
        batch.ends().forEach((topic, next) -> assignments.get(topic).written(next));
        if (!closed) {
            unwritten(-batch.bytes());
            troubles.end(task);
            if (!full.isEmpty() || !filling.isEmpty()) {
                writeOrStop();
            }
        }
        notifyAll();
    }

    private void writeOrStop() {
        try {
            writeInTime();
        } catch (RuntimeException | Error e) {
            stop(e);
            throw e;
        }
    }

    /** After a failure nothing is written any more: the batch that failed would be missing before the next one. */
    private synchronized void stop(Throwable problem) {
        failure = problem;
        writing = false;
        notifyAll();
    }

    private synchronized boolean isWorthRetrying(Throwable problem) {
        return !closed && !(problem instanceof FencedException);
    }

    /** A pause is retried but is no trouble to report; {@link #close} does not wait for its end. */
    private synchronized boolean isPaused(Throwable reason) {
        troubled |= reason instanceof PausedException;
        notifyAll();
        return !closed && reason instanceof PausedException;
    }

    private synchronized void reportTrouble(Throwable problem) {
        listener.retried();
        troubled = true;
        if (!closed) {
            troubles.begin(task, problem);
        }
        notifyAll();
    }
}
