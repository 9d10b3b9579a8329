package io.streamviews.ops;

import io.quarkus.runtime.StartupEvent;
import io.streamviews.projection.Progress;
import io.streamviews.projection.ProgressWatch;
import io.streamviews.projection.ProjectionConfig;
import io.streamviews.projection.WriteFailure;
import io.streamviews.projection.WriteFailures;
import io.streamviews.projection.deadletter.DeadLetterWatch;
import io.streamviews.projection.deadletter.StoredDeadLetter;
import io.streamviews.projection.generation.LiveStreams;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.apache.kafka.streams.KafkaStreams.State;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/**
 * Ready: Kafka Streams runs with its partitions assigned, and the views move on while there is something to read, as
 * PostgreSQL's positions and Kafka's end offsets tell. Events that have come within the time allowed are no reason to
 * be unready; neither is a rebalance, since people go on reading, nor a pause, since somebody wants it. What cannot be written, and what keeps it, is told at
 * once; it is a reason when it has lasted for the time allowed, or at once if somebody has to act.
 */
@Readiness
@ApplicationScoped
final class ProjectionHealth implements HealthCheck {

    private final ProjectionConfig config;
    private final Instance<LiveStreams> streams;
    private final Instance<ProgressWatch> watch;
    private final Instance<WriteFailures> troubles;
    private final Instance<DeadLetterWatch> deadLetters;
    private final Clock clock;
    private volatile boolean hasRun;

    ProjectionHealth(
            ProjectionConfig config,
            Instance<LiveStreams> streams,
            Instance<ProgressWatch> watch,
            Instance<WriteFailures> troubles,
            Instance<DeadLetterWatch> deadLetters,
            Clock clock) {
        this.config = config;
        this.streams = streams;
        this.watch = watch;
        this.troubles = troubles;
        this.deadLetters = deadLetters;
        this.clock = clock;
    }

    void onStart(@Observes StartupEvent start) {
        if (config.enabled()) {
            watch.get().progress();
            deadLetters.get().counts();
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
        Optional<WriteFailure> writing = troubles.get().worst();
        String trouble = trouble(state, progress, writing, clock.instant());
        if (trouble != null) {
            response.withData("trouble", trouble);
        }
        writing.map(WriteFailure::toString)
                .or(troubles.get()::death)
                .or(watch.get()::lastError)
                .ifPresent(error -> response.withData("lastError", error));
        if (!streams.get().waiting().isEmpty()) {
            response.withData("waiting", String.join("; ", streams.get().waiting()));
        }
        if (progress.paused()) {
            response.withData("paused", true);
        }
        if (progress.gaps() > 0) {
            response.withData("gaps", progress.gaps());
        }
        if (watch.get().overtaken() > 0) {
            response.withData("overtaken", watch.get().overtaken());
        }
        deadLetters.get().counts().ifPresent(counts -> response.withData(
                        "deadLetters",
                        counts.of(StoredDeadLetter.State.OPEN) + counts.of(StoredDeadLetter.State.SUPERSEDED))
                .withData("deadLettersOpen", counts.of(StoredDeadLetter.State.OPEN))
                .withData("deadLettersCountedAt", counts.at().toString()));
        return response.withData("state", state.name())
                .withData("lag", progress.totalLag())
                .withData("readAt", progress.readAt().toString())
                .status(trouble == null)
                .build();
    }

    private String trouble(State state, Progress progress, Optional<WriteFailure> writing, Instant now) {
        if (state != State.RUNNING && !(state == State.REBALANCING && hasRun)) {
            return "Kafka Streams is " + state;
        }
        if (writing.filter(it -> it.lasting() || isOlder(it.since(), now)).isPresent()) {
            return "The views cannot be written since " + writing.get().since();
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
