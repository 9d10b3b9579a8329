package io.streamviews.projection;

import java.time.Instant;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * How far the views are behind the topics: positions in PostgreSQL against end offsets in Kafka.
 *
 * @param readAt when both were read
 * @param advancedAt when a position was last seen to move, or there was nothing to move for, or no leave to
 * @param paused whether an operator has paused the projection
 * @param positions the next offset that each partition's task will read
 * @param lag events that are in the topic and not yet in the views, by partition
 */
public record Progress(
        Instant readAt,
        Instant advancedAt,
        boolean paused,
        Map<TopicPartition, Long> positions,
        Map<TopicPartition, Long> lag) {

    /** Events that are in the topics and not yet in the views. */
    public long totalLag() {
        return lag.values().stream().mapToLong(Long::longValue).sum();
    }

    /** The progress that follows this one. */
    Progress next(
            Instant now, boolean nowPaused, Map<TopicPartition, Long> newPositions, Map<TopicPartition, Long> newLag) {
        boolean moved = !newPositions.equals(positions);
        boolean idle = newLag.values().stream().allMatch(behind -> behind == 0);
        return new Progress(
                now,
                moved || idle || nowPaused ? now : advancedAt,
                nowPaused,
                Map.copyOf(newPositions),
                Map.copyOf(newLag));
    }

    static Progress unknown(Instant now) {
        return new Progress(Instant.EPOCH, now, false, Map.of(), Map.of());
    }
}
