package io.streamviews.projection;

import io.vertx.mutiny.sqlclient.Row;
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
 * @param highest behind all places that were used in any partition of the topic when it was taken over
 */
public record Position(
        TopicPartition partition,
        long next,
        long seen,
        long epoch,
        String topicId,
        Integer leaderEpoch,
        long base,
        boolean paused,
        long highest) {

    static Position of(Row row) {
        return new Position(
                new TopicPartition(row.getString("topic"), row.getInteger("partition")),
                row.getLong("next_offset"),
                row.getLong("seen_offset"),
                row.getLong("epoch"),
                row.getString("topic_id"),
                row.getInteger("leader_epoch"),
                row.getLong("base"),
                row.getBoolean("paused"),
                row.getLong("highest"));
    }

    /** Whether nothing of the partition has ever been read: then nothing can have been missed either. */
    boolean isNew() {
        return topicId == null && next == 0;
    }

    /** The same owner at another offset of the same log. */
    public Position at(long other, long otherSeen) {
        return new Position(partition, other, otherSeen, epoch, topicId, leaderEpoch, base, paused, highest);
    }

    /** The same owner at an offset of a truncated log; its places go on behind all that were used. */
    Position in(String otherTopicId, long offset) {
        return behind(base + Math.max(next, seen), otherTopicId, offset);
    }

    /** The same owner at an offset of a topic that was made anew, with as many partitions or not: a key may be in another one. */
    Position inAnother(String otherTopicId, long offset) {
        return behind(Math.max(highest, base + Math.max(next, seen)), otherTopicId, offset);
    }

    private Position behind(long place, String otherTopicId, long offset) {
        return new Position(partition, offset, offset, epoch, otherTopicId, null, place - offset, paused, highest);
    }

    /** The same owner, who has read there from a leader; null: not known. */
    public Position readFrom(Integer otherLeaderEpoch) {
        return new Position(partition, next, seen, epoch, topicId, otherLeaderEpoch, base, paused, highest);
    }

    Position of(String knownTopicId) {
        return new Position(partition, next, seen, epoch, knownTopicId, leaderEpoch, base, paused, highest);
    }
}
