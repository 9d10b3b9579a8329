package io.streamviews.ops;

import io.streamviews.projection.ProjectionConfig;
import io.streamviews.projection.generation.LiveStreams;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Instance;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;

/** Dead only when Kafka Streams has given up for good, which a restart of the process mends. */
@Liveness
@ApplicationScoped
final class ProjectionLiveness implements HealthCheck {

    private final ProjectionConfig config;
    private final Instance<LiveStreams> streams;

    ProjectionLiveness(ProjectionConfig config, Instance<LiveStreams> streams) {
        this.config = config;
        this.streams = streams;
    }

    @Override
    public HealthCheckResponse call() {
        boolean dead = config.enabled() && streams.get().state().hasCompletedShutdown();
        return HealthCheckResponse.named("kafka-streams").status(!dead).build();
    }
}
