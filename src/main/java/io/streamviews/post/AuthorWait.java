package io.streamviews.post;

import io.smallrye.mutiny.Uni;
import io.streamviews.rest.ProblemType;
import io.streamviews.rest.RefusedException;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Finds a post's author, whose creation may still be on its way to the view: waits for it, but not for long. */
@ApplicationScoped
class AuthorWait {

    private final Authors authors;
    private final Duration patience;

    AuthorWait(
            Authors authors,
            @ConfigProperty(name = "streamviews.post.author-wait", defaultValue = "2s") Duration patience) {
        this.authors = authors;
        this.patience = patience;
    }

    /** The author; fails with a {@link RefusedException} (422) if the view does not know one in time. */
    Uni<Author> find(long id) {
        Context request = Vertx.currentContext();
        return authors.find(id)
                .chain(found -> found.isPresent() ? Uni.createFrom().item(found) : authors.await(id, patience))
                .map(found -> found.orElseThrow(() -> RefusedException.of(
                        ProblemType.UNKNOWN_REFERENCE,
                        "authorId: user %d is not known here; one who is new is waited for, %d ms at most"
                                .formatted(id, patience.toMillis()))))
                .emitOn(command -> request.runOnContext(now -> command.run()));
    }
}
