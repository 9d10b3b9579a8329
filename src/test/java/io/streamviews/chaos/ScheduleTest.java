package io.streamviews.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamviews.chaos.Fault.Kind;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The faults of a seed: always the same ones. */
class ScheduleTest {

    private static final List<Kind> ALL = List.of(Kind.values());
    private static final Duration TIME = Duration.ofMinutes(10);

    @Test
    void aSeedRepeatsItsFaults() {
        assertThat(Schedule.of(42, ALL, TIME)).isEqualTo(Schedule.of(42, ALL, TIME));
        assertThat(Schedule.of(42, ALL, TIME)).isNotEqualTo(Schedule.of(43, ALL, TIME));
    }

    @Test
    void moreTimeMeansMoreFaultsAfterTheSameOnes() {
        List<Fault> first = Schedule.of(42, ALL, TIME);

        assertThat(Schedule.of(42, ALL, TIME.multipliedBy(2))).startsWith(first.toArray(Fault[]::new));
    }

    @Test
    void theyFillTheTimeAndLastAsLongAsTheirKindDoes() {
        List<Fault> faults = Schedule.of(7, ALL, TIME);

        assertThat(faults.stream()
                        .map(fault -> fault.duration().plus(fault.pause()))
                        .reduce(Duration.ZERO, Duration::plus))
                .isBetween(TIME, TIME.plusMinutes(2));
        assertThat(faults).allSatisfy(fault -> assertThat(fault.duration())
                .isBetween(fault.kind().shortest, fault.kind().longest));
    }

    @Test
    void onlyChosenKindsComeInWhateverOrderTheyWereNamed() {
        List<Fault> faults = Schedule.of(42, List.of(Kind.STOP, Kind.KILL), TIME);

        assertThat(faults).extracting(Fault::kind).containsOnly(Kind.KILL, Kind.STOP);
        assertThat(faults).isEqualTo(Schedule.of(42, List.of(Kind.KILL, Kind.STOP), TIME));
    }
}
