package io.streamviews.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamviews.kafka.PartitionLog;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Who owns a partition, where it is read from, and what readers may rely on. */
class PositionsTest extends OwnedPartition {

    @Test
    void aFormerOwnersBatchChangesNothing() {
        write(orders.created(0, 1, "a"));
        Epochs former = epochs;
        takeOver(1L);

        assertThatThrownBy(() -> write(former, orders.updated(1, 1, "zombie", 2), orders.raw(2, "2", null)))
                .isInstanceOf(FencedException.class);

        assertThat(countriesOf(1)).containsExactly("a");
        assertThat(nextOffset()).isEqualTo(1L);
    }

    @Test
    void nobodyMovesOnFromWhatPostgresqlHasLost() {
        write(orders.created(0, 1, "a"));
        Position further = takeOver(null).at(7, 7);

        assertThatThrownBy(() -> positions
                        .reach(List.of(further), Map.of(partition(), 5L))
                        .await()
                        .indefinitely())
                .isInstanceOf(FencedException.class);
        assertThat(nextOffset()).isEqualTo(1L);

        positions.reach(List.of(further), Map.of(partition(), 1L)).await().indefinitely();
        assertThat(nextOffset()).isEqualTo(7L);
    }

    @Test
    void takingOverResumesWhereTheViewIsAndNeverPastIt() {
        write(orders.created(0, 1, "a"), orders.created(1, 2, "a"));

        assertThat(takeOver(null).next()).isEqualTo(2);
        assertThat(takeOver(50L).next()).isEqualTo(2);
        assertThat(takeOver(1L).next()).isEqualTo(1);
        assertThat(nextOffset()).isEqualTo(1L);
    }

    @Test
    void readingAgainFromAnEarlierPlaceDoesNotTakeBackWhatReadersMayRelyOn() {
        write(orders.created(0, 1, "a"), orders.created(1, 2, "a"), orders.created(2, 3, "a"));
        Epochs again = new Epochs(Map.of(partition().topic(), takeOver(0L).epoch()));
        assertThat(seenOffset()).isEqualTo(3L);

        write(again, orders.created(0, 1, "a"));

        assertThat(nextOffset()).isEqualTo(1L);
        assertThat(seenOffset()).isEqualTo(3L);
    }

    @Test
    void aFormerOwnersBatchThatComesWhileKafkaIsAskedIsNoTruncatedLog() {
        Epochs former = epochs;
        write(orders.created(0, 1, "a"));

        Position start = takeOver(
                () -> {
                    assertThatThrownBy(() -> write(former, orders.created(1, 2, "a")))
                            .isInstanceOf(FencedException.class);
                    return new PartitionLog(partition(), TOPIC_ID, 0, 1, null);
                },
                null);

        assertThat(start.next()).isEqualTo(1);
        assertThat(gaps()).isEmpty();
    }

    @Test
    void ofATopicThatWasMadeAnewNothingHasBeenSeenAndItsEventsStandBehindAllBefore() {
        write(orders.created(0, 1, "a"), orders.raw(400, "2", null));

        Position start = takeOverIn(new PartitionLog(partition(), "second", 0, 1_000, 7L));

        assertThat(start.next()).isZero();
        assertThat(start.base()).isEqualTo(401);
        assertThat(seenOffset()).isEqualTo(0L);
        assertThat(gaps()).containsExactly("RECREATED first 401 -");
        assertThat(takeOverIn(new PartitionLog(partition(), "second", 0, 1_000, null))
                        .base())
                .isEqualTo(401);
        assertThat(gaps()).hasSize(1);
    }

    @Test
    void ofATruncatedLogWhatFollowsIsReadAndStandsBehindAllBefore() {
        write(orders.created(0, 1, "a"), orders.created(99, 2, "a"));

        Position start = takeOver(() -> new PartitionLog(partition(), TOPIC_ID, 0, 1_000, null), 40L);

        assertThat(start.next()).isEqualTo(40);
        assertThat(start.base()).isEqualTo(60);
        assertThat(seenOffset()).isEqualTo(40L);
        assertThat(gaps()).containsExactly("TRUNCATED first 40 100");
    }

    @Test
    void whatWasNotWrittenYetIsReadAlsoIfTheLogIsAnotherOneBehindIt() {
        write(orders.created(0, 1, "a"));

        Position start = takeOver(() -> new PartitionLog(partition(), TOPIC_ID, 0, 1_000, null), 40L);

        assertThat(start.next()).isEqualTo(1);
        assertThat(gaps()).isEmpty();
    }

    @Test
    void whatIsReadAgainIsReadFromThereAlsoIfTheLogIsAnotherOneFurtherOn() {
        write(orders.created(0, 1, "a"), orders.created(99, 2, "a"));
        takeOver(10L);

        Position start = takeOver(() -> new PartitionLog(partition(), TOPIC_ID, 0, 1_000, null), 40L);

        assertThat(start.next()).isEqualTo(10);
        assertThat(start.base()).isEqualTo(90);
        assertThat(gaps()).containsExactly("TRUNCATED first 40 100");
    }

    @Test
    void ofATruncatedLogThatRetentionHasCutBehindAllThatWasReadBothAreSaid() {
        write(orders.created(0, 1, "a"), orders.created(99, 2, "a"));

        Position start = takeOver(() -> new PartitionLog(partition(), TOPIC_ID, 120, 1_000, null), 40L);

        assertThat(start.next()).isEqualTo(120);
        assertThat(gaps()).containsExactly("TRUNCATED first 40 100", "RETENTION first 100 120");
    }

    @Test
    void aLogThatEndsBeforeThePositionIsReadFromItsBeginningIfNobodyKnowsWhereItWasTruncated() {
        write(orders.created(400, 1, "a"));

        Position start = takeOverIn(new PartitionLog(partition(), TOPIC_ID, 3, 100, null));

        assertThat(start.next()).isEqualTo(3);
        assertThat(gaps()).containsExactly("TRUNCATED first 3 401");
    }

    @Test
    void aViewThatHasReadNothingIgnoresWhatKafkaHasCommitted() {
        tables.query("DELETE FROM %s.projection_position");

        assertThat(takeOver(50L).next()).isZero();
    }

    @Test
    void eventsLostToRetentionAreRecorded() {
        write(orders.created(0, 1, "a"));

        assertThat(takeOverIn(new PartitionLog(partition(), TOPIC_ID, 20, 100, null))
                        .next())
                .isEqualTo(20);

        assertThat(gaps()).containsExactly("RETENTION first 1 20");
    }

    @Test
    void whatIsReadAgainIsNotLostIfItIsThereNoLonger() {
        write(orders.created(0, 1, "a"), orders.created(19, 2, "a"));
        tables.query("UPDATE %s.projection_position SET next_offset = 0");

        assertThat(takeOverIn(new PartitionLog(partition(), TOPIC_ID, 10, 100, null))
                        .next())
                .isEqualTo(10);

        assertThat(gaps()).isEmpty();
    }

    @Test
    void whilePausedNobodyWrites() {
        tables.query("INSERT INTO %s.projection_pause DEFAULT VALUES");

        assertThatThrownBy(() -> write(orders.created(0, 1, "a"))).isInstanceOf(PausedException.class);

        assertThat(nextOffset()).isEqualTo(0L);
    }

    private List<String> gaps() {
        return tables
                .query("SELECT concat_ws(' ', reason, topic_id, from_offset, coalesce(to_offset::text, '-'))"
                        + " FROM %s.projection_gap ORDER BY from_offset")
                .stream()
                .map(row -> row.getString(0))
                .toList();
    }

    private Object seenOffset() {
        return tables.value("SELECT seen_offset FROM %s.projection_position");
    }
}
