package io.streamviews.post;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamviews.eventlog.Event;
import io.streamviews.eventlog.MalformedEventException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PostEventTest {

    private static final Instant TIME = Instant.parse("2025-07-17T06:03:43.792924Z");
    private static final PostEvent EVENT =
            new PostEvent(PostEvent.Type.POST_CREATED, 7, new PostData(7, "안녕하세요", "첫 번째", 6, TIME, TIME), TIME, 1);

    @Test
    void travelsUnderItsAuthorsKey() {
        Event event = EVENT.toEvent();

        assertThat(event.key()).isEqualTo("6");
        assertThat(event.payload())
                .isEqualTo(
                        """
                        {"eventType":"POST_CREATED","postId":7,"post":{"id":7,"title":"안녕하세요","content":"첫 번째",\
                        "authorId":6,"createdAt":"2025-07-17T06:03:43.792924Z","updatedAt":"2025-07-17T06:03:43.792924Z"},\
                        "timestamp":"2025-07-17T06:03:43.792924Z","version":1}""");
        assertThat(decode(event.payload())).isEqualTo(EVENT);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "\"postId\":7     | \"postId\":8  | post.id: expected 8",
                "\"authorId\":6,  |               | authorId",
                "안녕하세요       |               | post.title: must not be blank",
                "첫 번째          |               | post.content: must not be blank",
                "POST_CREATED     | USER_CREATED  | eventType",
            })
    void saysWhatIsWrong(String part, String replacement, String message) {
        String json = PostEvent.CODEC.encode(EVENT).replace(part, replacement == null ? "" : replacement);

        assertThatThrownBy(() -> decode(json))
                .isInstanceOf(MalformedEventException.class)
                .hasMessageContaining(message);
    }

    private static PostEvent decode(String json) {
        return PostEvent.CODEC.decode(json.getBytes(StandardCharsets.UTF_8));
    }
}
