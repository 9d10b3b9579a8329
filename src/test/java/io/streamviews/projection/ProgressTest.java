package io.streamviews.projection;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class ProgressTest {

    private static final TopicPartition MOVING = new TopicPartition("moving", 0);
    private static final TopicPartition STILL = new TopicPartition("still", 0);
    private static final Instant START = Instant.parse("2026-01-01T12:00:00Z");
    private static final Instant SET_BACK = START.minus(Duration.ofHours(1));

    private Progress progress = look(Progress.unknown(), START, 1);

    @Test
    void afterTheClockWasSetBackATaskHasMovedWhenItIsSeenToMove() {
        progress = look(progress, SET_BACK, 2);
        progress = look(progress, SET_BACK.plusSeconds(1), 3);

        assertThat(progress.advancedAt()).isEqualTo(SET_BACK.plusSeconds(1));
    }

    @Test
    void afterTheClockWasSetBackATaskThatDoesNotMoveHasRestedSinceThen() {
        progress = look(progress, SET_BACK, 1);
        progress = look(progress, SET_BACK.plusSeconds(60), 1);

        assertThat(progress.advancedAt()).isEqualTo(SET_BACK);
    }

    /** Both partitions are the same task's, and it has a backlog. */
    private static Progress look(Progress before, Instant now, long position) {
        Map<TopicPartition, Long> positions = Map.of(MOVING, position, STILL, 1L);
        return before.next(
                now,
                new StoredProgress.Read(false, 0, List.of(), positions, Map.of(), Map.of()),
                Map.of(MOVING, 100L, STILL, 1L),
                partition -> "task");
    }
}
