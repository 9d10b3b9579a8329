package io.streamviews.post;

import io.smallrye.mutiny.Uni;
import io.streamviews.rest.RefusedException;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Finds a post's author, whose creation may still be on its way to the view: waits for it, but not for long. */
@ApplicationScoped
class AuthorWait {

    private static final Duration PAUSE = Duration.ofMillis(20);

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
        return find(id, System.nanoTime() + patience.toNanos())
                .emitOn(command -> request.runOnContext(now -> command.run()));
    }

    private Uni<Author> find(long id, long deadline) {
        return authors.find(id).chain(found -> {
            if (found.isPresent()) {
                return Uni.createFrom().item(found.get());
            }
            if (System.nanoTime() > deadline) {
                return Uni.createFrom()
                        .failure(RefusedException.unprocessable(
                                "authorId: user %d is not known here, also not after %d ms"
                                        .formatted(id, TimeUnit.NANOSECONDS.toMillis(patience.toNanos()))));
            }
            return Uni.createFrom().voidItem().onItem().delayIt().by(PAUSE).chain(() -> find(id, deadline));
        });
    }
}
