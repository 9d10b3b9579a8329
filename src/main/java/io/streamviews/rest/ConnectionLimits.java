package io.streamviews.rest;

import io.quarkus.vertx.VertxOptionsCustomizer;
import io.vertx.core.VertxOptions;
import jakarta.inject.Singleton;

/** Installs {@link GuardedConnections} when there is no Vert.x yet, that is, before anything connects or listens. */
@Singleton
public final class ConnectionLimits implements VertxOptionsCustomizer {

    private final LimitsConfig limits;

    ConnectionLimits(LimitsConfig limits) {
        this.limits = limits;
    }

    @Override
    public void accept(VertxOptions unchanged) {
        GuardedConnections.install(limits);
    }
}
