package io.streamviews.post;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.streamviews.eventlog.MalformedEventException;
import io.streamviews.eventlog.TextRule;
import java.time.Instant;

/** A post's whole state, as events carry it. The author never changes. */
@RegisterForReflection
public record PostData(
        @JsonProperty(required = true) long id,
        String title,
        String content,
        @JsonProperty(required = true) long authorId,
        @JsonProperty(required = true) Instant createdAt,
        @JsonProperty(required = true) Instant updatedAt) {

    private static final TextRule TITLE = TextRule.required(255);
    private static final TextRule CONTENT = TextRule.required(100_000);

    public PostData {
        TITLE.check("post.title", title);
        CONTENT.check("post.content", content);
        if (createdAt == null || updatedAt == null) {
            throw new MalformedEventException(
                    "post: createdAt and updatedAt must be set, found " + createdAt + ", " + updatedAt);
        }
    }
}
