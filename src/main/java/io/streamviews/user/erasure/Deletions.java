package io.streamviews.user.erasure;

import io.quarkus.vertx.core.runtime.context.VertxContextSafetyToggle;
import io.smallrye.common.vertx.VertxContext;
import io.smallrye.mutiny.Uni;
import io.streamviews.user.UserCommands;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.function.Supplier;

/** Gives commands from a thread of its own, each on a Vert.x context, which Hibernate's sessions need. Blocks. */
@ApplicationScoped
class Deletions {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Vertx vertx;
    private final UserCommands commands;

    Deletions(Vertx vertx, UserCommands commands) {
        this.vertx = vertx;
        this.commands = commands;
    }

    long deleteForGood(long user) {
        return run(() -> commands.deleteForGood(user));
    }

    void deleteAgain(long user) {
        run(() -> commands.deleteAgain(user));
    }

    private <T> T run(Supplier<Uni<T>> command) {
        Context context = VertxContext.createNewDuplicatedContext(vertx.getOrCreateContext());
        VertxContextSafetyToggle.setContextSafe(context, true);
        return Uni.createFrom()
                .<T>emitter(outcome ->
                        context.runOnContext(now -> command.get().subscribe().with(outcome::complete, outcome::fail)))
                .await()
                .atMost(PATIENCE);
    }
}
