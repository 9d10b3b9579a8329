package io.streamviews.ops;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.health.SmallRyeHealthReporter;
import io.smallrye.mutiny.subscription.Cancellable;
import io.streamviews.postgres.Ticks;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;

/** Tells the meters what {@code /q/health/ready} says. */
@ApplicationScoped
class ReadinessMetrics {

    private static final Duration INTERVAL = Duration.ofSeconds(5);

    private final SmallRyeHealthReporter reporter;
    private volatile double ready;
    private Cancellable asking;

    ReadinessMetrics(SmallRyeHealthReporter reporter, MeterRegistry meters) {
        this.reporter = reporter;
        Gauge.builder("streamviews.ready", () -> ready)
                .description("1 while this process is ready")
                .register(meters);
    }

    void onStart(@Observes StartupEvent start) {
        asking = Ticks.every(INTERVAL, () -> reporter.getReadinessAsync()
                .map(found -> !found.isDown())
                .ifNoItem()
                .after(INTERVAL)
                .fail()
                .onFailure()
                .recoverWithItem(false)
                .invoke(answer -> ready = answer ? 1 : 0)
                .replaceWithVoid());
    }

    void onStop(@Observes ShutdownEvent stop) {
        asking.cancel();
    }
}
