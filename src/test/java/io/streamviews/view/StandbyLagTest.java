package io.streamviews.view;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class StandbyLagTest {

    private final StandbyLag lag = new StandbyLag();

    @Test
    void isNoneWhenAllThatWasWrittenIsReplayed() {
        lag.written(10, 0);

        assertThat(lag.replayed(10, 5)).isZero();
    }

    @Test
    void isTheAgeOfTheOldestPositionThatIsMissing() {
        lag.written(10, 100);
        lag.written(20, 200);
        lag.written(30, 300);

        assertThat(lag.replayed(10, 1_000)).isEqualTo(Duration.ofNanos(800));
        assertThat(lag.replayed(29, 1_000)).isEqualTo(Duration.ofNanos(700));
        assertThat(lag.replayed(30, 1_000)).isZero();
    }

    @Test
    void doesNotGrowWhileNothingIsWritten() {
        lag.written(10, 100);
        lag.replayed(10, 200);
        lag.written(10, 5_000);

        assertThat(lag.replayed(10, 10_000)).isZero();
    }

    @Test
    void ofAStandbyThatIsFarBehindIsStillThatOfTheOldest() {
        for (int i = 1; i <= 5_000; i++) {
            lag.written(i, i);
        }

        assertThat(lag.replayed(1, 10_000)).isEqualTo(Duration.ofNanos(9_998));
        assertThat(lag.replayed(4_999, 10_000)).isEqualTo(Duration.ofNanos(5_000));
    }
}
