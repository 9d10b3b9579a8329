package io.streamviews.consistency;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.streamviews.consistency.AppliedWrites.Missing;
import io.streamviews.consistency.ConsistencyToken.Place;
import io.streamviews.rest.MakesRoom;
import io.streamviews.view.Standby;
import io.streamviews.view.ViewReader;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/**
 * Waits until the live views hold what tokens name. The primary is looked at when a batch has been committed anywhere (see
 * {@link ViewSignals}). A standby tells nobody what it has replayed, so it is asked every few milliseconds while somebody
 * waits, but for no longer than it may be behind: who still waits then waits for the primary, and reads there.
 */
@ApplicationScoped
public class ViewWaits implements MakesRoom {

    private static final Duration SAFETY_NET = Duration.ofMillis(250);
    private static final Duration STANDBY = Duration.ofMillis(5);

    private final Standby standby;
    private final ViewSignals signals;
    private final Vertx vertx;
    private final Waiters onPrimary;
    private final Waiters onStandby;
    private final AwaitedWrites awaited;
    private long timer;

    ViewWaits(AppliedWrites applied, Standby standby, ViewSignals signals, Vertx vertx, ConsistencyConfig config) {
        this.standby = standby;
        this.signals = signals;
        this.vertx = vertx;
        this.onPrimary = new Waiters(applied::missing, signals::awaited);
        this.onStandby = new Waiters(applied::missingOnStandby, this::askStandbyAgain);
        this.awaited = new AwaitedWrites(config.maxAwaited());
    }

    void onStart(@Observes StartupEvent start) {
        signals.onCommit(onPrimary::lookIfAwaited);
        timer = vertx.setPeriodic(SAFETY_NET.toMillis(), tick -> onPrimary.lookIfAwaited());
    }

    /** Vert.x outlives a live reload. */
    void onStop(@Observes ShutdownEvent stop) {
        vertx.cancelTimer(timer);
    }

    /**
     * What the primary is still missing when the time is up; empty, and at once, when nothing is. Comes on any thread.
     *
     * @param atMost zero: only one look
     */
    public Uni<List<Missing>> await(List<Place> places, Duration atMost) {
        return counted(places, () -> onPrimary.await(places, atMost));
    }

    /** As {@link #await}, on whichever server the request's reads will go to. */
    Uni<List<Missing>> awaitForReading(Context request, List<Place> places, Duration atMost) {
        return counted(
                places,
                () -> standby.isRead()
                        ? awaitOnStandby(request, places, atMost)
                        : awaitOnPrimary(request, places, atMost));
    }

    private Uni<List<Missing>> awaitOnStandby(Context request, List<Place> places, Duration atMost) {
        long start = System.nanoTime();
        Duration first = atMost.compareTo(standby.maxLag()) < 0 ? atMost : standby.maxLag();
        return onStandby.await(places, first).onItemOrFailure().transformToUni((missing, failure) -> {
            if (failure == null && missing.isEmpty()) {
                return Uni.createFrom().item(missing);
            }
            Duration left = atMost.minusNanos(System.nanoTime() - start);
            return awaitOnPrimary(request, places, left.isNegative() ? Duration.ZERO : left);
        });
    }

    private Uni<List<Missing>> awaitOnPrimary(Context request, List<Place> places, Duration atMost) {
        ViewReader.onPrimaryOnly(request);
        return onPrimary.await(places, atMost);
    }

    private Uni<List<Missing>> counted(List<Place> places, Supplier<Uni<List<Missing>>> wait) {
        if (places.isEmpty()) {
            return Uni.createFrom().item(List.of());
        }
        return awaited.counted(places.size(), wait);
    }

    @Override
    public boolean makeRoom() {
        return awaited.makeRoom();
    }

    private void askStandbyAgain() {
        vertx.setTimer(STANDBY.toMillis(), elapsed -> onStandby.lookIfAwaited());
    }
}
