package io.streamviews.ops;

import io.quarkus.runtime.StartupEvent;
import io.streamviews.projection.Progress;
import io.streamviews.projection.ProgressWatch;
import io.streamviews.projection.WriteFailure;
import io.streamviews.projection.WriteFailures;
import io.streamviews.projection.deadletter.DeadLetterWatch;
import io.streamviews.projection.deadletter.StoredDeadLetter;
import io.streamviews.projection.generation.LiveStreams;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.kafka.streams.KafkaStreams.State;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/**
 * Ready: Kafka Streams runs with its partitions assigned, and the views move on while there is something to read, as
 * PostgreSQL's positions and Kafka's end offsets tell; {@link ProjectionTrouble} says what is against it. What cannot be
 * written, and what keeps it, is told at once.
 */
@Readiness
@ApplicationScoped
final class ProjectionHealth implements HealthCheck {

    private final ProjectionTrouble troubles;
    private final Instance<LiveStreams> streams;
    private final Instance<ProgressWatch> watch;
    private final Instance<WriteFailures> failures;
    private final Instance<DeadLetterWatch> deadLetters;

    ProjectionHealth(
            ProjectionTrouble troubles,
            Instance<LiveStreams> streams,
            Instance<ProgressWatch> watch,
            Instance<WriteFailures> failures,
            Instance<DeadLetterWatch> deadLetters) {
        this.troubles = troubles;
        this.streams = streams;
        this.watch = watch;
        this.failures = failures;
        this.deadLetters = deadLetters;
    }

    void onStart(@Observes StartupEvent start) {
        if (troubles.enabled()) {
            watch.get().progress();
            deadLetters.get().counts();
        }
    }

    @Override
    public HealthCheckResponse call() {
        HealthCheckResponseBuilder response = HealthCheckResponse.named("projection");
        if (!troubles.enabled()) {
            return response.withData("enabled", false).up().build();
        }
        State state = streams.get().state();
        Progress progress = watch.get().progress();
        Optional<WriteFailure> writing = failures.get().worst();
        String trouble = troubles.in(state, progress, writing);
        if (trouble != null) {
            response.withData("trouble", trouble);
        }
        writing.map(WriteFailure::toString)
                .or(failures.get()::death)
                .or(watch.get()::lastError)
                .ifPresent(error -> response.withData("lastError", error));
        if (!streams.get().waiting().isEmpty()) {
            response.withData("waiting", String.join("; ", streams.get().waiting()));
        }
        if (!progress.suspended().isEmpty()) {
            response.withData(
                    "suspended",
                    progress.suspended().stream()
                            .map(view -> view.view() + " since " + view.since())
                            .collect(Collectors.joining("; ")));
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
        if (watch.get().heldBack() > 0) {
            response.withData("heldBack", watch.get().heldBack());
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
}
