package io.streamviews.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Properties;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;

/** What a relay's times must be to each other, so that one that was replaced has nothing left to send. */
class RelayConfigTest {

    private static final Duration A_MINUTE = Duration.ofMinutes(1);

    @Test
    void whatTheProducerHoldsHasExpiredWhenARelayIsReplaced() throws IOException {
        Properties application = new Properties();
        try (InputStream file = getClass().getResourceAsStream("/application.properties")) {
            application.load(file);
        }
        SmallRyeConfig config = new SmallRyeConfigBuilder()
                .withSources(new PropertiesConfigSource(application, "application", 100))
                .withConverter(Duration.class, 100, new DurationConverter())
                .addDefaultInterceptors()
                .withMapping(RelayConfig.class)
                .withValidateUnknown(false)
                .build();
        RelayConfig relay = config.getConfigMapping(RelayConfig.class);
        Duration inProducer = producer(config, "max.block.ms").plus(producer(config, "delivery.timeout.ms"));

        assertThat(relay.frozenAfter().dividedBy(3).plus(inProducer)).isLessThanOrEqualTo(relay.frozenAfter());
        assertThat(relay.repeatAfter()).isGreaterThan(inProducer);
        assertThat(relay.heartbeat().multipliedBy(4))
                .isLessThan(relay.frozenAfter().dividedBy(3));
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

    private static Duration producer(SmallRyeConfig config, String name) {
        return Duration.ofMillis(config.getValue("mp.messaging.outgoing.events." + name, Long.class));
    }
}
