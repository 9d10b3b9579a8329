package io.streamviews.projection.generation;

import io.micrometer.core.instrument.MeterRegistry;
import io.streamviews.eventlog.Traces;
import io.streamviews.projection.Owner;
import io.streamviews.projection.ProgressWatch;
import io.streamviews.projection.Projection;
import io.streamviews.projection.ProjectionConfig;
import io.streamviews.projection.ViewSchema;
import io.streamviews.projection.WriteFailures;
import io.streamviews.projection.deadletter.DeadLetterWatch;
import io.streamviews.projection.deadletter.DeadLetters;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import org.apache.kafka.clients.admin.Admin;

/** The live generation's projection, and what watches it. */
final class LiveProjection {

    /** The views' schema is there before anything reads or writes it. */
    @Produces
    @Singleton
    static Projection projection(
            Views views, Pool pool, ProjectionConfig config, MeterRegistry registry, Clock clock, Traces traces) {
        Projection projection = new Projection(
                new ViewSchema(Views.LIVE, pool, Owner.thisProcess()), views.all(), config, registry, clock);
        projection.reloadFrom(views::reload);
        traces.tracer().ifPresent(projection::traceTo);
        return projection;
    }

    @Produces
    @Singleton
    static WriteFailures troubles(Projection projection) {
        return projection.troubles();
    }

    /** Started by the first who asks: health, at start. */
    @Produces
    @Singleton
    static ProgressWatch progress(Projection projection, Admin admin) {
        return projection.watch(admin);
    }

    static void stop(@Disposes ProgressWatch progress) {
        progress.close();
    }

    /** Behind the projection, which has made their table. */
    @Produces
    @Singleton
    static DeadLetters deadLetters(Projection projection, Views views, Pool pool, ProjectionConfig config) {
        return new DeadLetters(pool, Views.LIVE, views::declaredNow, config);
    }

    /** Started by the first who asks: health, at start. */
    @Produces
    @Singleton
    static DeadLetterWatch deadLetterWatch(
            Projection projection, DeadLetters letters, MeterRegistry registry, Clock clock, ProjectionConfig config) {
        DeadLetterWatch watch = new DeadLetterWatch(letters, registry, clock, config.deadLetterInterval());
        projection.addListener((batch, startNanos) -> {
            if (!batch.deadLetters().isEmpty()) {
                watch.changed();
            }
        });
        letters.onChange(watch::changed);
        return watch;
    }

    static void stop(@Disposes DeadLetterWatch watch) {
        watch.close();
    }
}
