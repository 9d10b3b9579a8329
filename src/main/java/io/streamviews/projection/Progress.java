package io.streamviews.projection;

import java.time.Instant;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * How far the views are behind the topics: positions in PostgreSQL against end offsets in Kafka.
 *
 * @param readAt when both were read
 * @param advancedAt when a position was last seen to move, or there was nothing to move for
 * @param positions the next offset that each partition's task will read
 * @param lag events that are in the topic and not yet in the views, by partition
 */
public record Progress(
        Instant readAt, Instant advancedAt, Map<TopicPartition, Long> positions, Map<TopicPartition, Long> lag) {

    /** Events that are in the topics and not yet in the views. */
    public long totalLag() {
        return lag.values().stream().mapToLong(Long::longValue).sum();
    }

    /** The progress that follows this one. */
    Progress next(Instant now, Map<TopicPartition, Long> newPositions, Map<TopicPartition, Long> newLag) {
        boolean moved = !newPositions.equals(positions);
        boolean idle = newLag.values().stream().allMatch(behind -> behind == 0);
        return new Progress(now, moved || idle ? now : advancedAt, Map.copyOf(newPositions), Map.copyOf(newLag));
    }

    static Progress unknown(Instant now) {
        return new Progress(Instant.EPOCH, now, Map.of(), Map.of());
    }
}
