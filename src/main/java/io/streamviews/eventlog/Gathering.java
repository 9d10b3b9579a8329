package io.streamviews.eventlog;

import io.smallrye.mutiny.TimeoutException;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.Function;

/**
 * Does single pieces of work together: while some are on their way the next ones gather, and go as one. One alone goes at
 * once; many share one statement and one sync of PostgreSQL's log. The pieces of one group succeed or fail together.
 *
 * <p>Thread-safe. A piece that has waited until its time was up is not begun any more.
 */
public final class Gathering<T, R> {

    private final int maxTogether;
    private final int maxInFlight;
    private final int maxWaiting;
    private final Duration timeout;
    private final Function<List<T>, Uni<List<R>>> work;
    private final Queue<Waiting<T, R>> waiting = new ArrayDeque<>();
    private int inFlight;

    /** @param work gives a result for each piece, in their order, or fails; one that did not end would hold up the others */
    public Gathering(
            int maxTogether, int maxInFlight, int maxWaiting, Duration timeout, Function<List<T>, Uni<List<R>>> work) {
        this.maxTogether = maxTogether;
        this.maxInFlight = maxInFlight;
        this.maxWaiting = maxWaiting;
        this.timeout = timeout;
        this.work = work;
    }

    /**
     * The piece's result. Fails as its group does; with a {@link TimeoutException} if the time is up, and whether it takes
     * effect is not known then; with a {@link BusyException} if too many are waiting.
     */
    public Uni<R> submit(T piece) {
        return Uni.createFrom()
                .<R>emitter(outcome -> add(new Waiting<>(piece, outcome)))
                .ifNoItem()
                .after(timeout)
                .fail();
    }

    private void add(Waiting<T, R> one) {
        boolean tooMany;
        synchronized (this) {
            tooMany = waiting.size() >= maxWaiting;
            if (!tooMany) {
                waiting.add(one);
            }
        }
        if (tooMany) {
            one.outcome.fail(new BusyException("%d requests wait already".formatted(maxWaiting)));
            return;
        }
        one.outcome.onTermination(() -> one.gone = true);
        go();
    }

    private void go() {
        List<Waiting<T, R>> group = next();
        if (group.isEmpty()) {
            return;
        }
        Uni.createFrom()
                .deferred(() -> work.apply(group.stream().map(one -> one.piece).toList()))
                .subscribe()
                .with(
                        results -> {
                            ended();
                            for (int i = 0; i < group.size(); i++) {
                                group.get(i).outcome.complete(results.get(i));
                            }
                        },
                        failure -> {
                            ended();
                            group.forEach(one -> one.outcome.fail(failure));
                        });
    }

    private synchronized List<Waiting<T, R>> next() {
        List<Waiting<T, R>> group = new ArrayList<>();
        while (inFlight < maxInFlight && group.size() < maxTogether && !waiting.isEmpty()) {
            Waiting<T, R> one = waiting.remove();
            if (!one.gone) {
                group.add(one);
            }
        }
        if (!group.isEmpty()) {
            inFlight++;
        }
        return group;
    }

    private void ended() {
        synchronized (this) {
            inFlight--;
        }
        go();
    }

    private static final class Waiting<T, R> {
        private final T piece;
        private final UniEmitter<? super R> outcome;
        private volatile boolean gone;

        private Waiting(T piece, UniEmitter<? super R> outcome) {
            this.piece = piece;
            this.outcome = outcome;
        }
    }
}
