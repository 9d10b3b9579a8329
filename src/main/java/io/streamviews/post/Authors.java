package io.streamviews.post;

import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.Optional;

/** Where posts find their authors: among the users that the views know. */
public interface Authors {

    /** The author as the views know it now; empty if they do not (yet, or any more). */
    Uni<Optional<Author>> find(long id);

    /** The author, as soon as the views know that there is or was one; empty if that was deleted, or none came in time. */
    Uni<Optional<Author>> await(long id, Duration atMost);
}
