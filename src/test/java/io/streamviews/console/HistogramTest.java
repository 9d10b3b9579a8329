package io.streamviews.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.distribution.CountAtBucket;
import org.junit.jupiter.api.Test;

class HistogramTest {

    private static final Histogram BEFORE = of(10, 100, 5, 8, 10);

    @Test
    void aQuantileIsTakenOfWhatWasCountedInBetween() {
        Histogram now = of(30, 900, 5, 18, 30);

        assertThat(now.countSince(BEFORE)).isEqualTo(20);
        assertThat(now.meanSince(BEFORE)).isEqualTo(40);
        // ten of them between 10 and 20, ten between 20 and 50
        assertThat(now.quantileSince(BEFORE, 0.25)).isEqualTo(15);
        assertThat(now.quantileSince(BEFORE, 0.5)).isEqualTo(20);
        assertThat(now.quantileSince(BEFORE, 0.75)).isEqualTo(35);
    }

    @Test
    void whereNothingWasCountedNothingIsKnown() {
        assertThat(BEFORE.meanSince(BEFORE)).isNull();
        assertThat(BEFORE.quantileSince(BEFORE, 0.5)).isNull();
    }

    @Test
    void whatIsBeyondTheLastBoundIsSaidToBeThere() {
        assertThat(of(20, 9_000, 5, 8, 10).quantileSince(BEFORE, 0.5)).isEqualTo(50);
    }

    @Test
    void aMeterThatIsNewIsComparedWithNothing() {
        assertThat(BEFORE.quantileSince(Histogram.EMPTY, 0.5)).isEqualTo(10);
    }

    private static Histogram of(double count, double total, double... upTo) {
        double[] bounds = {10, 20, 50};
        CountAtBucket[] buckets = new CountAtBucket[bounds.length];
        for (int i = 0; i < bounds.length; i++) {
            buckets[i] = new CountAtBucket(bounds[i], upTo[i]);
        }
        return new Histogram(count, total, buckets);
    }
}
