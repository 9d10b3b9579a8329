package io.streamviews.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamviews.projection.Positions.PartitionLog;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Who owns a partition, where it is read from, and what readers may rely on. */
class PositionsTest extends OwnedPartition {

    @Test
    void aFormerOwnersBatchChangesNothing() {
        write(users.created(0, 1, "a"));
        Epochs former = epochs;
        takeOver(1L);

        assertThatThrownBy(() -> write(former, users.updated(1, 1, "zombie", 2), users.raw(2, "2", null)))
                .isInstanceOf(FencedException.class);

        assertThat(departmentsOf(1)).containsExactly("a");
        assertThat(nextOffset()).isEqualTo(1L);
    }

    @Test
    void takingOverResumesWhereTheViewIsAndNeverPastIt() {
        write(users.created(0, 1, "a"), users.created(1, 2, "a"));

        assertThat(takeOver(null).offset()).isEqualTo(2);
        assertThat(takeOver(50L).offset()).isEqualTo(2);
        assertThat(takeOver(1L).offset()).isEqualTo(1);
        assertThat(nextOffset()).isEqualTo(1L);
    }

    @Test
    void readingAgainFromAnEarlierPlaceDoesNotTakeBackWhatReadersMayRelyOn() {
        write(users.created(0, 1, "a"), users.created(1, 2, "a"), users.created(2, 3, "a"));
        Epochs again = new Epochs(Map.of(partition().topic(), takeOver(0L).epoch()));
        assertThat(seenOffset()).isEqualTo(3L);

        write(again, users.created(0, 1, "a"));

        assertThat(nextOffset()).isEqualTo(1L);
        assertThat(seenOffset()).isEqualTo(3L);
    }

    @Test
    void ofATopicThatWasMadeAnewNothingHasBeenSeen() {
        write(users.created(400, 1, "a"));

        assertThat(takeOver(null).offset()).isZero();

        assertThat(seenOffset()).isEqualTo(0L);
    }

    @Test
    void aViewThatHasReadNothingIgnoresWhatKafkaHasCommitted() {
        generation.query("DELETE FROM %s.projection_position");

        assertThat(takeOver(50L).offset()).isZero();
    }

    @Test
    void eventsLostToRetentionAreRecorded() {
        write(users.created(0, 1, "a"));

        long start = positions
                .takeOver(List.of(new PartitionLog(partition(), 20, 100, null)))
                .await()
                .indefinitely()
                .get(partition())
                .offset();

        assertThat(start).isEqualTo(20);
        assertThat(generation.query("SELECT from_offset, to_offset FROM %s.projection_gap"))
                .singleElement()
                .extracting(row -> row.getLong(0), row -> row.getLong(1))
                .containsExactly(1L, 20L);
    }

    private Object seenOffset() {
        return generation.value("SELECT seen_offset FROM %s.projection_position");
    }
}
