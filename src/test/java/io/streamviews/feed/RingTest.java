package io.streamviews.feed;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RingTest {

    private final RingBuffer<String> ring = new RingBuffer<>(30);

    @Test
    void theOldestMakeRoomForTheLatest() {
        ring.restart("origin");
        long first = ring.after("origin"::equals);
        ring.add("a", 10);
        ring.add("b", 10);
        ring.add("c", 20);

        assertThat(ring.get(first)).isNull();
        assertThat(ring.isBehind(first)).isTrue();
        assertThat(ring.get(first + 1)).isEqualTo("b");
        assertThat(ring.get(first + 2)).isEqualTo("c");
        assertThat(ring.get(first + 3)).isNull();
        assertThat(ring.isBehind(first + 3)).isFalse();
    }

    @Test
    void whoKnowsTheLastThatHadToGoGoesOnWithTheFirst() {
        ring.restart("origin");
        ring.add("a", 10);
        ring.add("b", 30);

        assertThat(ring.after("origin"::equals)).isNegative();
        assertThat(ring.get(ring.after("a"::equals))).isEqualTo("b");
        assertThat(ring.isBehind(ring.after("b"::equals))).isFalse();
    }

    @Test
    void whatIsTooLargeIsNotKept() {
        ring.restart("origin");
        long first = ring.after("origin"::equals);
        ring.add("large", 31);

        assertThat(ring.isBehind(first)).isTrue();
        ring.add("a", 1);
        assertThat(ring.get(ring.after("large"::equals))).isEqualTo("a");
    }

    @Test
    void afterARestartEverybodyIsBehind() {
        ring.restart("origin");
        ring.add("a", 10);
        long next = ring.after("a"::equals);
        ring.restart("other");

        assertThat(ring.isBehind(next)).isTrue();
        assertThat(ring.after("a"::equals)).isNegative();
        assertThat(ring.isBehind(ring.after("other"::equals))).isFalse();
    }
}
