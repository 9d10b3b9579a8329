package io.streamviews.projection;

import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;

/**
 * A partition in the hands of one stream thread, from its assignment until it is taken away. Nothing is fetched before
 * it has been taken over, nor while its task has no room; an assignment of the same partition that comes later is
 * another one, so that a thread that has lost it cannot use the epoch, or the room, of the next.
 *
 * <p>The stream thread's consumer and task report what they have read and processed; volatile state may be used by any
 * thread.
 */
final class Assignment {

    private static final long NONE = -1;

    private volatile Position start;
    private volatile Integer leaderEpoch;
    private volatile long written;
    private volatile boolean full;
    private volatile long unwritten;
    private volatile boolean paused;
    private volatile boolean stale;
    private volatile boolean lost;
    private boolean missed;
    private long lastPolled = NONE;
    private long behindRecords;
    private long read;

    void takenOver(Position position) {
        leaderEpoch = position.leaderEpoch();
        behindRecords = position.next();
        read = position.next();
        paused = position.paused();
        written = position.next();
        start = position;
    }

    /**
     * The epoch at which it was taken over.
     *
     * @throws IllegalStateException if it was not
     */
    long epoch() {
        return start().epoch();
    }

    /** The epoch at which it is written; 0 if it was not taken over yet, or somebody else has it now. */
    long epochIfHeld() {
        Position own = start;
        return own == null || stale ? 0 : own.epoch();
    }

    /** The place of a record of its log. */
    long place(long offset) {
        return start().base() + offset;
    }

    /** The log's leader when something was read last; null if that is not known. */
    Integer leaderEpoch() {
        return leaderEpoch;
    }

    private Position start() {
        if (start == null) {
            throw new IllegalStateException("Not taken over yet, and read already");
        }
        return start;
    }

    /**
     * The offset of the first of some records where another record was read before, as its leader tells, which has come after
     * all that the views have read up to a later place; null if there is none. Who reads again from an earlier place is past no
     * point at which the consumer itself would find out.
     */
    Long divergence(List<ConsumerRecord<byte[], byte[]>> records) {
        Position own = start;
        for (ConsumerRecord<byte[], byte[]> record : records) {
            if (own == null || own.leaderEpoch() == null || record.offset() >= own.seen()) {
                return null;
            }
            if (record.leaderEpoch().orElse(0) > own.leaderEpoch()) {
                return record.offset();
            }
        }
        return null;
    }

    /** The consumer has returned records, maybe none, and stands at an offset behind them. */
    void polled(List<ConsumerRecord<byte[], byte[]>> records, OffsetAndMetadata next) {
        if (!records.isEmpty()) {
            lastPolled = records.get(records.size() - 1).offset();
        }
        read = next.offset();
        Optional<Integer> epoch = next.leaderEpoch();
        if (epoch.isPresent()) {
            leaderEpoch = epoch.get();
        }
    }

    /** The task has been given a record. */
    void given(long offset) {
        behindRecords = offset + 1;
    }

    /**
     * The offset up to which no records follow the last one that the task got, only transaction markers and records of
     * aborted transactions. Returned once; empty while fetched records have not come to the task yet.
     */
    Optional<Long> emptyUpTo() {
        if (!hasArrived() || read <= behindRecords) {
            return Optional.empty();
        }
        behindRecords = read;
        return Optional.of(read);
    }

    void hasRoom(boolean room) {
        full = !room;
    }

    /** The task has been given so many bytes, for its part, that are not written yet. */
    void unwritten(long bytes) {
        unwritten = bytes;
    }

    long unwritten() {
        return unwritten;
    }

    /** It is known that everything before an offset has been written. */
    void written(long next) {
        written = next;
    }

    /** The offset before which everything is known to have been written; 0 if it was not taken over yet. */
    long written() {
        return written;
    }

    void pause(boolean paused) {
        this.paused = paused;
    }

    /**
     * Compares with the partition's position in PostgreSQL.
     *
     * @param before what was known to have been written before the position was read: if that is not there any more, PostgreSQL
     *     has lost it
     */
    void seen(long currentEpoch, long currentNext, long before) {
        Position own = start;
        if (own != null && (currentEpoch > own.epoch() || currentNext < before)) {
            stale = true;
        }
    }

    /** Compares with the id of the topic of this name in Kafka; null: not known. */
    void seen(String currentTopicId) {
        Position own = start;
        if (own != null && currentTopicId != null && !currentTopicId.equals(own.topicId())) {
            stale = true;
        }
    }

    /** Whether there is a position of it. It counts at the second look: what is taken over during the first one may not be in that. */
    void missing(boolean missing) {
        stale |= missing && missed;
        missed = missing && start != null;
    }

    /** Whether the partition has been given to somebody else, or has to be taken over again. */
    boolean isStale() {
        return stale;
    }

    /** Kafka no longer has what is to be read next. */
    void lose() {
        lost = true;
    }

    /** Whether it has to be taken over again as soon as all that was read has been written. */
    boolean isLost() {
        return lost;
    }

    /** Whether all that was read has come to the task. */
    boolean hasArrived() {
        return lastPolled < behindRecords;
    }

    /** Whether nothing of it may be fetched just now. */
    boolean isHeldBack() {
        return full || paused || lost || start == null;
    }
}
