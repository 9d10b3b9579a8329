package io.streamviews.view;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.streamviews.rest.ConsistencyToken.Write;
import io.streamviews.rest.RefusedException;
import io.streamviews.view.Holdings.Missing;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Waits until the live views hold writes. All who wait share one query, which runs when somebody comes and when a batch
 * has been committed anywhere (see {@link ViewSignals}); so many readers cost PostgreSQL no more than one does. Who comes
 * is registered before the look, so a commit after the look wakes him.
 */
@ApplicationScoped
class ViewWaits {

    private static final Duration SAFETY_NET = Duration.ofMillis(250);
    private static final long SPACING_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private final Holdings holdings;
    private final ViewSignals signals;
    private final Vertx vertx;
    private final Set<Waiter> waiting = ConcurrentHashMap.newKeySet();
    private final AtomicInteger writesAwaited = new AtomicInteger();
    private final int mostAwaited;
    private final Coalesced looking = new Coalesced(this::look, SPACING_NANOS);
    private long timer;

    ViewWaits(
            Holdings holdings,
            ViewSignals signals,
            Vertx vertx,
            @ConfigProperty(name = "streamviews.consistency.max-awaited", defaultValue = "10000") int mostAwaited) {
        this.mostAwaited = mostAwaited;
        this.holdings = holdings;
        this.signals = signals;
        this.vertx = vertx;
    }

    void onStart(@Observes StartupEvent start) {
        signals.onCommit(this::lookIfAwaited);
        timer = vertx.setPeriodic(SAFETY_NET.toMillis(), tick -> lookIfAwaited());
    }

    /** Vert.x outlives a live reload. */
    void onStop(@Observes ShutdownEvent stop) {
        vertx.cancelTimer(timer);
    }

    /**
     * What is still missing when the time is up; empty, and at once, when nothing is. Comes on any thread.
     *
     * @param atMost zero: only one look
     */
    Uni<List<Missing>> await(List<Write> writes, Duration atMost) {
        if (writes.isEmpty()) {
            return Uni.createFrom().item(List.of());
        }
        Waiter waiter = new Waiter(writes, atMost.isZero());
        Uni<List<Missing>> seen = Uni.createFrom().emitter(outcome -> {
            waiter.outcome = outcome;
            boolean tooMany = writesAwaited.addAndGet(writes.size()) > mostAwaited;
            outcome.onTermination(() -> {
                waiting.remove(waiter);
                writesAwaited.addAndGet(-writes.size());
            });
            if (tooMany) {
                outcome.fail(RefusedException.unavailable(
                        "Reads wait for %d writes already, as many as may be".formatted(mostAwaited)));
                return;
            }
            waiting.add(waiter);
            looking.ask();
        });
        return atMost.isZero()
                ? seen
                : seen.ifNoItem()
                        .after(atMost)
                        .recoverWithUni(() -> waiter.missing == null
                                ? Uni.createFrom().failure(new io.smallrye.mutiny.TimeoutException())
                                : Uni.createFrom().item(waiter.missing));
    }

    private void lookIfAwaited() {
        if (!waiting.isEmpty()) {
            looking.ask();
        }
    }

    private Uni<Void> look() {
        List<Waiter> all = List.copyOf(waiting);
        Set<Write> writes =
                all.stream().flatMap(waiter -> waiter.writes.stream()).collect(Collectors.toSet());
        return writes.isEmpty()
                ? Uni.createFrom().voidItem()
                : holdings.missing(writes)
                        .invoke(missing -> tell(all, missing))
                        .onFailure()
                        .invoke(failure -> all.forEach(waiter -> waiter.outcome.fail(failure)))
                        .replaceWithVoid();
    }

    private void tell(List<Waiter> all, List<Missing> missing) {
        Map<Write, Missing> byWrite = missing.stream().collect(Collectors.toMap(Missing::write, Function.identity()));
        all.forEach(waiter -> waiter.saw(byWrite));
        if (!waiting.isEmpty()) {
            signals.awaited();
        }
    }

    private static final class Waiter {
        private final List<Write> writes;
        private final boolean once;
        private volatile UniEmitter<? super List<Missing>> outcome;
        private volatile List<Missing> missing;

        private Waiter(List<Write> writes, boolean once) {
            this.writes = writes;
            this.once = once;
        }

        private void saw(Map<Write, Missing> all) {
            missing = writes.stream().map(all::get).filter(Objects::nonNull).toList();
            if (once || missing.isEmpty()) {
                outcome.complete(missing);
            }
        }
    }
}
