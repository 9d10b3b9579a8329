package io.streamviews.ops;

import io.streamviews.projection.Progress;
import io.streamviews.projection.ProjectionConfig;
import io.streamviews.projection.WriteFailure;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.apache.kafka.streams.KafkaStreams.State;

/**
 * What keeps the views from moving on. Events that have come within the time allowed are no trouble; neither is a rebalance,
 * since people go on reading, nor a pause, since somebody wants it, nor a derived view that is suspended, since all others go
 * on. What cannot be written is, when it has lasted for the time
 * allowed, or at once if somebody has to act.
 */
@Singleton
class ProjectionTrouble {

    private final ProjectionConfig config;
    private final Clock clock;
    private volatile boolean hasRun;

    ProjectionTrouble(ProjectionConfig config, Clock clock) {
        this.config = config;
        this.clock = clock;
    }

    /** Whether there is a projection here. */
    boolean enabled() {
        return config.enabled();
    }

    /** Null if there is none. */
    String in(State state, Progress progress, Optional<WriteFailure> writing) {
        hasRun |= state == State.RUNNING;
        Instant now = clock.instant();
        if (state == State.CREATED) {
            return "No topic can be read yet";
        }
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

    /** Or from before the clock was set back: it is not known how old it is, and what moves is looked at each second. */
    private boolean isOlder(Instant time, Instant now) {
        return Duration.between(time, now).abs().compareTo(config.stuckAfter()) > 0;
    }
}
