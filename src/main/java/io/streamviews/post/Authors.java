package io.streamviews.post;

import io.smallrye.mutiny.Uni;
import java.util.Optional;

/** Where posts find their authors: among the users that the views know. */
public interface Authors {

    /** The author as the views know it now; empty if they do not (yet, or any more). */
    Uni<Optional<Author>> find(long id);
}
