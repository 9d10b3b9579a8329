package io.streamviews.post;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;

/**
 * A post as people read it.
 *
 * @param author the author's data of now; null if the views do not know the author (any more)
 */
@RegisterForReflection
public record AuthoredPost(
        long id, String title, String content, long authorId, Author author, Instant createdAt, Instant updatedAt) {

    static AuthoredPost of(PostData post, Author author) {
        return new AuthoredPost(
                post.id(), post.title(), post.content(), post.authorId(), author, post.createdAt(), post.updatedAt());
    }
}
