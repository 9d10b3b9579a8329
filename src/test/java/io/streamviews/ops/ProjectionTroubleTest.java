package io.streamviews.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.streamviews.projection.Progress;
import io.streamviews.projection.Progress.Standing;
import io.streamviews.projection.ProjectionConfig;
import io.streamviews.projection.WriteFailure;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.KafkaStreams.State;
import org.junit.jupiter.api.Test;

class ProjectionTroubleTest {

    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
    private static final Instant BEFORE_THE_CLOCK_WAS_SET_BACK = NOW.plus(Duration.ofHours(1));

    @Test
    void aClockThatIsSetBackHidesNoTrouble() {
        assertThat(trouble(BEFORE_THE_CLOCK_WAS_SET_BACK, NOW, Optional.empty()))
                .contains("could not be read");
        assertThat(trouble(NOW, BEFORE_THE_CLOCK_WAS_SET_BACK, Optional.empty()))
                .contains("no position has moved");
        assertThat(trouble(
                        NOW, NOW, Optional.of(new WriteFailure(0, "a reason", false, BEFORE_THE_CLOCK_WAS_SET_BACK))))
                .contains("cannot be written");
        assertThat(trouble(NOW, NOW, Optional.empty())).isNull();
    }

    private static String trouble(Instant readAt, Instant advancedAt, Optional<WriteFailure> writing) {
        Map<TopicPartition, Standing> one = Map.of(new TopicPartition("a", 0), new Standing(1, 1, advancedAt));
        return new ProjectionTrouble(config(), Clock.fixed(NOW, ZoneOffset.UTC))
                .in(State.RUNNING, new Progress(readAt, false, 0, List.of(), one), writing);
    }

    private static ProjectionConfig config() {
        return new SmallRyeConfigBuilder()
                .withConverter(Duration.class, 100, new DurationConverter())
                .withMapping(ProjectionConfig.class)
                .build()
                .getConfigMapping(ProjectionConfig.class);
    }
}
