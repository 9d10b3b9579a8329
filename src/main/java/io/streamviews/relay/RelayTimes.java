package io.streamviews.relay;

import io.quarkus.runtime.StartupEvent;
import io.streamviews.postgres.CannotStartException;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * What the relay's times must be to the producer's: what a relay has given to its producer has arrived or expired when it
 * can be replaced, and before it is repeated. With others, events would lose their order, and nobody would know.
 */
@ApplicationScoped
class RelayTimes {

    private static final int BEATS = 4;

    private final RelayConfig config;
    private final Duration inProducer;

    RelayTimes(
            RelayConfig config,
            @ConfigProperty(name = "mp.messaging.outgoing.events.max.block.ms") long block,
            @ConfigProperty(name = "mp.messaging.outgoing.events.delivery.timeout.ms") long delivery) {
        this.config = config;
        this.inProducer = Duration.ofMillis(block).plusMillis(delivery);
    }

    void onStart(@Observes @Priority(1) StartupEvent start) {
        problem().filter(wrong -> config.enabled()).ifPresent(wrong -> {
            throw new CannotStartException(wrong);
        });
    }

    /** What is wrong with them, in a sentence. */
    Optional<String> problem() {
        Duration lease = config.frozenAfter().dividedBy(3);
        if (lease.plus(inProducer).compareTo(config.frozenAfter()) > 0) {
            return wrong(
                    "streamviews.relay.frozen-after",
                    config.frozenAfter(),
                    "one and a half times what the producer takes");
        }
        if (config.repeatAfter().compareTo(inProducer) <= 0) {
            return wrong("streamviews.relay.repeat-after", config.repeatAfter(), "longer than what the producer takes");
        }
        if (config.heartbeat().multipliedBy(BEATS).compareTo(lease) >= 0) {
            return wrong(
                    "streamviews.relay.heartbeat",
                    config.heartbeat(),
                    "shorter than a twelfth of streamviews.relay.frozen-after, and that one and a half times what the"
                            + " producer takes");
        }
        return Optional.empty();
    }

    private Optional<String> wrong(String property, Duration value, String expected) {
        return Optional.of(
                "%s is %d ms and must be %s (max.block.ms and delivery.timeout.ms of mp.messaging.outgoing.events:"
                                .formatted(property, value.toMillis(), expected)
                        + " %d ms together), or events may come out of order".formatted(inProducer.toMillis()));
    }
}
