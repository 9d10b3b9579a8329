package io.streamviews.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamviews.rest.RefusedException;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlacesTest {

    @Test
    void anIdIsReadAsItWasWritten() {
        Map<Integer, Long> places = Map.of(0, 17L, 5, 999_999_999_999_999_999L);

        assertThat(LastEventId.of(LastEventId.id(places), 6)).isEqualTo(places);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",", "0", "0:", ":0", "0:1,", ",0:1", "0:1,,1:1", "0:1,0:2", "6:0", "0:-1", "٠:١"})
    void whatIsNoIdIsRefused(String id) {
        assertThatThrownBy(() -> LastEventId.of(id, 6)).isInstanceOf(RefusedException.class);
    }

    /** Each place must not cost a frame of the stack. */
    @Test
    void aVeryLongIdIsRefused() {
        String id = IntStream.range(0, 200_000).mapToObj(i -> i + ":1").collect(Collectors.joining(","));

        assertThatThrownBy(() -> LastEventId.of(id, 6)).isInstanceOf(RefusedException.class);
    }
}
