package io.streamviews.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamviews.feed.Snapshots.Snapshot;
import io.streamviews.feed.Tail.Follower;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How long a snapshot is kept for those who read it slowly. */
class SnapshotsTest {

    private final Snapshots patient = new Snapshots(Duration.ofHours(1));
    private final Snapshots impatient = new Snapshots(Duration.ZERO);

    /** Remembers how it was ended. */
    private static final class Reader implements Follower {
        private final List<CloseReason> endings = new ArrayList<>();

        @Override
        public void wake() {}

        @Override
        public void end(CloseReason ending) {
            endings.add(ending);
        }
    }

    @Test
    void allWhoCanGoOnFromItReadTheSame() {
        patient.renew(state(1));

        assertThat(patient.take(new Reader(), known -> true)).isSameAs(patient.take(new Reader(), known -> true));
    }

    @Test
    void aNewOneIsMadeForWhoCannotGoOnFromTheLatest() {
        patient.renew(state(1));

        assertThat(patient.renewIfWanted(state(2))).isFalse();
        assertThat(patient.take(new Reader(), known -> false)).isNull();
        assertThat(patient.renewIfWanted(state(2))).isTrue();
        assertThat(patient.take(new Reader(), known -> true).id()).isEqualTo(state(2).id());
    }

    @Test
    void aThirdIsWaitedForWhileTheFirstIsBeingRead() {
        Reader slow = new Reader();
        Snapshot first = twoAreBeingRead(patient, slow);

        assertThat(patient.renewIfWanted(state(3))).isFalse();
        assertThat(slow.endings).isEmpty();
        patient.giveBack(first, slow);
        assertThat(patient.renewIfWanted(state(3))).isTrue();
    }

    @Test
    void whoKeepsTheFirstForTooLongIsDropped() {
        Reader slow = new Reader();
        twoAreBeingRead(impatient, slow);

        assertThat(impatient.renewIfWanted(state(3))).isFalse();
        assertThat(slow.endings).containsExactly(CloseReason.LAGGING);
    }

    /** The first by a slow reader, the second by another one; and a third one wants one. */
    private static Snapshot twoAreBeingRead(Snapshots snapshots, Reader slow) {
        snapshots.renew(state(1));
        Snapshot first = snapshots.take(slow, known -> true);
        snapshots.take(new Reader(), known -> false);
        assertThat(snapshots.renewIfWanted(state(2))).isTrue();
        snapshots.take(new Reader(), known -> true);
        snapshots.take(new Reader(), known -> false);
        return first;
    }

    private static ViewState state(int number) {
        return ViewState.of("a_view", Map.of("{\"n\":" + number + "}", 1));
    }
}
