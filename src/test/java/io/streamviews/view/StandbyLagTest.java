package io.streamviews.view;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class StandbyLagTest {

    private final StandbyLag lag = new StandbyLag();

    @Test
    void isNoneWhenAllThatWasWrittenIsReplayed() {
        lag.written(10, 0);

        assertThat(lag.replayed(10, 5)).contains(Duration.ZERO);
    }

    @Test
    void isTheAgeOfTheOldestPositionThatIsMissing() {
        lag.written(10, 100);
        lag.written(20, 200);
        lag.written(30, 300);

        assertThat(lag.replayed(10, 1_000)).contains(Duration.ofNanos(800));
        assertThat(lag.replayed(29, 1_000)).contains(Duration.ofNanos(700));
        assertThat(lag.replayed(30, 1_000)).contains(Duration.ZERO);
    }

    @Test
    void doesNotGrowWhileNothingIsWritten() {
        lag.written(10, 100);
        lag.replayed(10, 200);
        lag.written(10, 5_000);

        assertThat(lag.replayed(10, 10_000)).contains(Duration.ZERO);
    }

    @Test
    void ofAStandbyThatIsFarBehindIsStillThatOfTheOldest() {
        lag.written(0, 0);
        lag.replayed(0, 0);
        for (int i = 1; i <= 5_000; i++) {
            lag.written(i, i);
        }

        assertThat(lag.replayed(1, 10_000)).contains(Duration.ofNanos(9_998));
        assertThat(lag.replayed(4_999, 10_000)).contains(Duration.ofNanos(5_000));
    }

    @Test
    void isNotKnownOfOneThatWasBehindWhenItWasFirstLookedAt() {
        lag.written(100, 1_000);
        assertThat(lag.replayed(50, 1_001)).isEmpty();
        lag.written(200, 2_000);
        assertThat(lag.replayed(99, 2_001)).isEmpty();

        assertThat(lag.replayed(100, 2_002)).contains(Duration.ofNanos(2));
    }

    @Test
    void isNotKnownOfOneThatTakesTheOthersPlaceAndIsOlder() {
        lag.written(100, 1_000);
        assertThat(lag.replayed(100, 1_001)).contains(Duration.ZERO);

        lag.written(100, 2_000);
        assertThat(lag.replayed(10, 2_001)).isEmpty();
        assertThat(lag.replayed(99, 3_000)).isEmpty();
        assertThat(lag.replayed(100, 3_001)).contains(Duration.ZERO);
    }
}
