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
        FeedPosition position =
                new FeedPosition("orders", new long[] {17, 0, 999_999_999_999_999_998L}, new long[] {0, 0, 1});

        assertThat(LastEventId.of(position.id()))
                .isEqualTo(new LastEventId("orders", Map.of(0, 17L, 1, 0L, 2, 999_999_999_999_999_999L)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ",",
                "0",
                "0:",
                ":0",
                "0:1,",
                ",0:1",
                "0:1,,1:1",
                "0:1,0:2",
                "0:-1",
                "٠:١",
                "orders/",
                "/",
                "orders"
            })
    void whatIsNoIdIsRefused(String id) {
        assertThatThrownBy(() -> LastEventId.of(id)).isInstanceOf(RefusedException.class);
    }

    @Test
    void aPartitionThatThereIsNotIsRefused() {
        assertThat(LastEventId.of("5:0").isIn("orders", 6)).isTrue();

        assertThatThrownBy(() -> LastEventId.of("6:0").isIn("orders", 6)).isInstanceOf(RefusedException.class);
    }

    @Test
    void aPlaceInAnotherTopicOrInOneThatWasMadeAnewWithFewerPartitionsIsNone() {
        assertThat(LastEventId.of("orders/5:7").isIn("orders", 6)).isTrue();
        assertThat(LastEventId.of("orders/5:7").isIn("payments", 6)).isFalse();
        assertThat(LastEventId.of("orders/5:7").isIn("orders", 5)).isFalse();
    }

    /** Each place must not cost a frame of the stack. */
    @Test
    void aVeryLongIdIsRefused() {
        String id = IntStream.range(0, 200_000).mapToObj(i -> i + ":1").collect(Collectors.joining(","));

        assertThatThrownBy(() -> LastEventId.of(id).isIn("orders", 6)).isInstanceOf(RefusedException.class);
    }
}
