package io.streamviews.relay;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/** What this process's relay does; nothing where it is switched off. */
@Singleton
class RelayMetrics {

    void register(@Observes StartupEvent start, RelayAtStart relay, MeterRegistry meters) {
        relay.state().ifPresent(known -> {
            FunctionCounter.builder("streamviews.relay.published", known, RelayState::published)
                    .description("Events that the broker has acknowledged")
                    .register(meters);
            Gauge.builder("streamviews.relay.active", known, state -> state.isActive() ? 1 : 0)
                    .description("1 in the process whose relay publishes")
                    .register(meters);
        });
    }
}
