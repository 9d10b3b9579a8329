package io.streamviews.ops;

import io.quarkus.runtime.StartupEvent;
import io.streamviews.projection.Progress;
import io.streamviews.projection.ProgressWatch;
import io.streamviews.projection.ProjectionConfig;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KafkaStreams.State;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/**
 * Ready: Kafka Streams runs with its partitions assigned, and the views move on while there is something to read, as
 * PostgreSQL's positions and Kafka's end offsets tell. Events that have come within the time allowed are no reason to
 * be unready; neither is a rebalance, since people go on reading.
 */
@Readiness
@ApplicationScoped
final class ProjectionHealth implements HealthCheck {

    private final ProjectionConfig config;
    private final Instance<KafkaStreams> streams;
    private final Instance<ProgressWatch> watch;
    private final Clock clock;
    private volatile boolean hasRun;

    ProjectionHealth(
            ProjectionConfig config, Instance<KafkaStreams> streams, Instance<ProgressWatch> watch, Clock clock) {
        this.config = config;
        this.streams = streams;
        this.watch = watch;
        this.clock = clock;
    }

    void onStart(@Observes StartupEvent start) {
        if (config.enabled()) {
            watch.get().progress();
        }
    }

    @Override
    public HealthCheckResponse call() {
        HealthCheckResponseBuilder response = HealthCheckResponse.named("projection");
        if (!config.enabled()) {
            return response.withData("enabled", false).up().build();
        }
        State state = streams.get().state();
        hasRun |= state == State.RUNNING;
        Progress progress = watch.get().progress();
        String trouble = trouble(state, progress, clock.instant());
        if (trouble != null) {
            response.withData("trouble", trouble);
        }
        return response.withData("state", state.name())
                .withData("lag", progress.totalLag())
                .withData("readAt", progress.readAt().toString())
                .status(trouble == null)
                .build();
    }

    private String trouble(State state, Progress progress, Instant now) {
        if (state != State.RUNNING && !(state == State.REBALANCING && hasRun)) {
            return "Kafka Streams is " + state;
        }
        if (isOlder(progress.readAt(), now)) {
            return "Positions or end offsets could not be read since " + progress.readAt();
        }
        if (isOlder(progress.advancedAt(), now)) {
            return "%d events wait, and no position has moved since %s"
                    .formatted(progress.totalLag(), progress.advancedAt());
        }
        return null;
    }

    private boolean isOlder(Instant time, Instant now) {
        return Duration.between(time, now).compareTo(config.stuckAfter()) > 0;
    }
}
