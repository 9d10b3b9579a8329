package io.streamviews.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.streamviews.postgres.CannotStartException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a relay's times must be to each other, so that one that was replaced has nothing left to send. */
class RelayConfigTest {

    private static final Duration A_MINUTE = Duration.ofMinutes(1);

    @Test
    void whatTheProducerHoldsHasExpiredWhenARelayIsReplaced() throws IOException {
        assertThat(problem(Map.of())).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "mp.messaging.outgoing.events.delivery.timeout.ms, 120000, streamviews.relay.frozen-after is 15000 ms",
        "streamviews.relay.frozen-after, 5s, streamviews.relay.frozen-after is 5000 ms",
        "streamviews.relay.repeat-after, 10s, streamviews.relay.repeat-after is 10000 ms",
        "streamviews.relay.heartbeat, 2s, streamviews.relay.heartbeat is 2000 ms"
    })
    void timesWithWhichItWouldNotHaveExpiredAreRefused(String property, String value, String refusal)
            throws IOException {
        RelayTimes times = times(Map.of(property, value));

        assertThat(times.problem())
                .hasValueSatisfying(problem -> assertThat(problem).startsWith(refusal));
        assertThatThrownBy(() -> times.onStart(new StartupEvent())).isInstanceOf(CannotStartException.class);
    }

    @Test
    void theProducerGetsNothingThatIsLateOrComesAfterAFailure() {
        Acknowledgements batch = new Acknowledgements(2, null);
        long late = System.nanoTime() - A_MINUTE.toNanos();
        long timely = System.nanoTime() + A_MINUTE.toNanos();
        try (TimelyPayload.Bytes serializer = new TimelyPayload.Bytes()) {
            assertThatThrownBy(() -> serializer.serialize("t", new TimelyPayload("{}", late, batch)))
                    .isInstanceOf(TimeoutException.class);
            TimelyPayload next = new TimelyPayload("{}", timely, batch);
            assertThat(serializer.serialize("t", next)).containsExactly('{', '}');

            batch.failed(new IllegalStateException());

            assertThatThrownBy(() -> serializer.serialize("t", next)).isInstanceOf(TimeoutException.class);
        }
    }

    private Optional<String> problem(Map<String, String> settings) throws IOException {
        return times(settings).problem();
    }

    private RelayTimes times(Map<String, String> settings) throws IOException {
        Properties application = new Properties();
        try (InputStream file = getClass().getResourceAsStream("/application.properties")) {
            application.load(file);
        }
        SmallRyeConfig config = new SmallRyeConfigBuilder()
                .withSources(
                        new PropertiesConfigSource(application, "application", 100),
                        new PropertiesConfigSource(settings, "operator", 200))
                .withConverter(Duration.class, 100, new DurationConverter())
                .addDefaultInterceptors()
                .withMapping(RelayConfig.class)
                .withValidateUnknown(false)
                .build();
        return new RelayTimes(
                config.getConfigMapping(RelayConfig.class),
                producer(config, "max.block.ms"),
                producer(config, "delivery.timeout.ms"));
    }

    private static long producer(SmallRyeConfig config, String name) {
        return config.getValue("mp.messaging.outgoing.events." + name, Long.class);
    }
}
