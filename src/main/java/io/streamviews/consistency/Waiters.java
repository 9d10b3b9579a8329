package io.streamviews.consistency;

import io.smallrye.mutiny.TimeoutException;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.streamviews.consistency.AppliedWrites.Missing;
import io.streamviews.consistency.ConsistencyToken.Place;
import io.streamviews.postgres.Coalesced;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Those who wait until one server's views hold what tokens name. All share one query, which runs when somebody comes and when it is
 * asked for; so many readers cost PostgreSQL no more than one does. Who comes is registered before the look, so a commit
 * after the look wakes him.
 */
final class Waiters {

    private static final long SPACING_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private final Function<Collection<Place>, Uni<List<Missing>>> missing;
    private final Runnable someStay;
    private final Set<Waiter> waiting = ConcurrentHashMap.newKeySet();
    private final Coalesced looking = new Coalesced(this::look, SPACING_NANOS);

    /**
     * @param missing which of some places the views do not hold
     * @param someStay called after a look that did not have what all wait for
     */
    Waiters(Function<Collection<Place>, Uni<List<Missing>>> missing, Runnable someStay) {
        this.missing = missing;
        this.someStay = someStay;
    }

    /**
     * What is still missing when the time is up; empty when nothing is. Comes on any thread.
     *
     * @param atMost zero: only one look
     */
    Uni<List<Missing>> await(List<Place> places, Duration atMost) {
        Waiter waiter = new Waiter(places, atMost.isZero());
        Uni<List<Missing>> seen = Uni.createFrom().emitter(outcome -> {
            waiter.outcome = outcome;
            outcome.onTermination(() -> waiting.remove(waiter));
            waiting.add(waiter);
            looking.ask();
        });
        return atMost.isZero()
                ? seen
                : seen.ifNoItem()
                        .after(atMost)
                        .recoverWithUni(() -> waiter.missing == null
                                ? Uni.createFrom().failure(new TimeoutException())
                                : Uni.createFrom().item(waiter.missing));
    }

    void lookIfAwaited() {
        if (!waiting.isEmpty()) {
            looking.ask();
        }
    }

    private Uni<Void> look() {
        List<Waiter> all = List.copyOf(waiting);
        Set<Place> places =
                all.stream().flatMap(waiter -> waiter.places.stream()).collect(Collectors.toSet());
        return places.isEmpty()
                ? Uni.createFrom().voidItem()
                : missing.apply(places)
                        .invoke(found -> tell(all, found))
                        .onFailure()
                        .invoke(failure -> all.forEach(waiter -> waiter.outcome.fail(failure)))
                        .replaceWithVoid();
    }

    private void tell(List<Waiter> all, List<Missing> found) {
        Map<Place, Missing> byWrite = found.stream().collect(Collectors.toMap(Missing::place, Function.identity()));
        all.forEach(waiter -> waiter.saw(byWrite));
        if (!waiting.isEmpty()) {
            someStay.run();
        }
    }

    private static final class Waiter {
        private final List<Place> places;
        private final boolean once;
        private volatile UniEmitter<? super List<Missing>> outcome;
        private volatile List<Missing> missing;

        private Waiter(List<Place> places, boolean once) {
            this.places = places;
            this.once = once;
        }

        private void saw(Map<Place, Missing> all) {
            missing = places.stream().map(all::get).filter(Objects::nonNull).toList();
            if (once || missing.isEmpty()) {
                outcome.complete(missing);
            }
        }
    }
}
