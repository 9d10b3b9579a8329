package io.streamviews.post;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class PostViewTest {

    private static final byte[] AUTHOR = "7".getBytes(UTF_8);

    private final PostView view = new PostView(new PostEntity("post-events"));

    @Test
    void anEventThatCannotBeReadMayStillSayWhichPostItMeans() {
        assertThat(rowOf("{\"eventType\":\"POST_EXPLODED\",\"postId\":12,\"post\":{\"authorId\":7}}"))
                .isEqualTo(12L);
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {
                "",
                "rubbish",
                "[1]",
                "7",
                "{}",
                "{\"postId\":\"12\",\"post\":{\"authorId\":7}}",
                "{\"postId\":1.5,\"post\":{\"authorId\":7}}",
                "{\"postId\":1e99,\"post\":{\"authorId\":7}}",
                "{\"postId\":12}",
                "{\"postId\":12,\"post\":{\"authorId\":\"7\"}}"
            })
    void whatDoesNotSayItMeansNone(String value) {
        assertThat(rowOf(value)).isNull();
    }

    /** It may stand in another partition: the offsets of the post's other events say nothing about it. */
    @Test
    void anEventUnderAnotherKeyThanItsAuthorsMeansNone() {
        assertThat(rowOf("{\"postId\":12,\"post\":{\"authorId\":8}}")).isNull();
        byte[] event = "{\"postId\":12,\"post\":{\"authorId\":7}}".getBytes(UTF_8);
        assertThat(view.rowOf("seven".getBytes(UTF_8), event)).isNull();
        assertThat(view.rowOf(null, event)).isNull();
    }

    private Object rowOf(String value) {
        return view.rowOf(AUTHOR, value == null ? null : value.getBytes(UTF_8));
    }
}
