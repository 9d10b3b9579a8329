package io.streamviews.rebuild;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import io.streamviews.postgres.Ticks;
import io.streamviews.projection.Projection;
import io.streamviews.projection.ProjectionConfig;
import io.streamviews.projection.generation.BuildConfig;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import java.time.Duration;

/**
 * Has this instance's live batches be further apart while a rebuild is at work, in whatever instance: at 500 events/s those of two
 * rows have half a processor of PostgreSQL's, most of which is for the transactions.
 */
@ApplicationScoped
class SpacedBatches {

    private static final Duration INTERVAL = Duration.ofSeconds(1);

    private Cancellable looking;

    void onStart(
            @Observes StartupEvent start,
            Rebuilds rebuilds,
            Instance<Projection> live,
            BuildConfig builds,
            ProjectionConfig projection) {
        if (projection.enabled()) {
            Projection own = live.get();
            looking = Ticks.every(INTERVAL, () -> look(rebuilds, own, builds.liveBatchInterval()));
        }
    }

    void onStop(@Observes ShutdownEvent stop) {
        if (looking != null) {
            looking.cancel();
        }
    }

    /** If it cannot be told, a batch had better not wait. */
    private static Uni<Void> look(Rebuilds rebuilds, Projection live, Duration besideRebuild) {
        return rebuilds.isAtWork()
                .map(atWork -> atWork ? besideRebuild : Duration.ZERO)
                .onFailure()
                .invoke(() -> live.spaceBatches(Duration.ZERO))
                .invoke(live::spaceBatches)
                .replaceWithVoid();
    }
}
