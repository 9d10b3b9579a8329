package io.streamviews.projection;

import org.apache.kafka.common.TopicPartition;

/**
 * Where a partition is read on, and by whom it may be written.
 *
 * @param next the offset of the next record
 * @param seen the furthest offset that the views have ever held everything before; readers rely on it
 * @param epoch at which the owner has taken the partition over
 * @param topicId id of the topic that the offsets belong to, since a name can be reused; null: not known yet
 * @param leaderEpoch the latest leader of the log that a record before {@code seen} was read from; null: not known
 * @param base added to an offset it gives a place, which keeps rising if the log is recreated or truncated
 * @param paused whether an operator has paused the projection
 */
public record Position(
        TopicPartition partition,
        long next,
        long seen,
        long epoch,
        String topicId,
        Integer leaderEpoch,
        long base,
        boolean paused) {

    /** Whether nothing of the partition has ever been read: then nothing can have been missed either. */
    boolean isNew() {
        return topicId == null && next == 0;
    }

    /** The same owner at another offset of the same log. */
    public Position at(long other, long otherSeen) {
        return new Position(partition, other, otherSeen, epoch, topicId, leaderEpoch, base, paused);
    }

    /** The same owner at an offset of a recreated or truncated log; its places go on behind all that were used. */
    Position in(String otherTopicId, long offset) {
        long place = base + Math.max(next, seen);
        return new Position(partition, offset, offset, epoch, otherTopicId, null, place - offset, paused);
    }

    /** The same owner, who has read there from a leader; null: not known. */
    public Position readFrom(Integer otherLeaderEpoch) {
        return new Position(partition, next, seen, epoch, topicId, otherLeaderEpoch, base, paused);
    }

    Position of(String knownTopicId) {
        return new Position(partition, next, seen, epoch, knownTopicId, leaderEpoch, base, paused);
    }
}
