package io.streamviews.rebuild;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.StartupEvent;
import io.streamviews.projection.ProjectionConfig;
import io.streamviews.projection.generation.GenerationBuild;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

/** How far the rebuild is that this process works on; all zero if it works on none. */
@ApplicationScoped
class RebuildMetrics {

    void onStart(
            @Observes StartupEvent start,
            RebuildRunner runner,
            Deployment deployment,
            ProjectionConfig projection,
            MeterRegistry meters) {
        if (!projection.enabled()) {
            return;
        }
        Gauge.builder("streamviews.rebuild.refused", () -> deployment.isRefused() ? 1 : 0)
                .description("1 where the views are not those of this instance's files, and nobody makes them so")
                .register(meters);
        Gauge.builder("streamviews.rebuild.active", () -> runner.current().isPresent() ? 1 : 0)
                .description("1 in the process that builds a new generation of the views")
                .register(meters);
        Gauge.builder(
                        "streamviews.rebuild.done",
                        () -> runner.current().map(GenerationBuild::eventsDone).orElse(0L))
                .description("Offsets that the new generation has read")
                .baseUnit("events")
                .register(meters);
        Gauge.builder(
                        "streamviews.rebuild.total",
                        () -> runner.current().map(GenerationBuild::eventsTotal).orElse(0L))
                .description("Offsets that there are to read, from the topics' beginnings")
                .baseUnit("events")
                .register(meters);
    }
}
