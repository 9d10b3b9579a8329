package io.streamviews.post;

import io.streamviews.rest.Text;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Positive;
import jakarta.validation.groups.Default;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * What a client may say of a post. Whatever else a representation carries is ignored, so that it can be sent back as it
 * came; so is the author, once the post exists.
 */
@Schema(name = "Post")
public record PostRequest(
        @NotNull @Text(max = 255) @Schema(examples = "안녕하세요", maxLength = 255) String title,
        @NotNull @Text(max = 100_000) @Schema(examples = "첫 번째 포스트입니다.", maxLength = 100_000) String content,
        @NotNull(groups = Creation.class) @Positive(groups = Creation.class) @Schema(examples = "6") Long authorId) {

    /** The rules for a new post: one more than for a change. */
    interface Creation extends Default {}
}
