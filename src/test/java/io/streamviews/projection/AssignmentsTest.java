package io.streamviews.projection;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a look at PostgreSQL means for what is assigned. */
class AssignmentsTest {

    private static final TopicPartition PARTITION = new TopicPartition("topic", 3);

    private final Assignments assignments = new Assignments(TopicPartition::topic);
    private Assignment assignment;

    @BeforeEach
    void begin() {
        assignment = assignments.begin(PARTITION);
    }

    @Test
    void oneWhosePositionIsGoneIsTakenOverAgain() {
        assignment.takenOver(new Position(PARTITION, 5, 5, 7, "id", null, 0, false, 0));
        seen(Map.of(PARTITION, 7L));
        assertThat(assignment.isStale()).isFalse();

        seen(Map.of());
        assignments.seen(Map.of("topic", "id"));
        seen(Map.of());

        assertThat(assignment.isStale()).isTrue();
    }

    @Test
    void oneThatIsTakenOverDuringALookIsNot() {
        seen(Map.of());
        assignment.takenOver(new Position(PARTITION, 5, 5, 7, "id", null, 0, false, 0));
        seen(Map.of());
        seen(Map.of(PARTITION, 7L));
        seen(Map.of());

        assertThat(assignment.isStale()).isFalse();
    }

    private void seen(Map<TopicPartition, Long> epochs) {
        Map<Assignment, Long> written = assignments.written();
        assignments.seen(new StoredProgress.Read(false, 0, List.of(), Map.of(), epochs, Map.of()), written);
    }
}
