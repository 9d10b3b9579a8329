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
 * Group commit: while some groups are being committed the next requests wait, and then go as one group. A request that comes
 * alone goes at once; many share the statements and the one sync of PostgreSQL's log. Those of a group succeed or fail
 * together.
 *
 * <p>Thread-safe. A request whose time was up while it waited is not begun any more.
 *
 * @param <T> a request
 * @param <R> its result
 */
public final class GroupCommit<T, R> {

    private final int maxInGroup;
    private final int maxGroups;
    private final int maxWaiting;
    private final Duration timeout;
    private final Function<List<T>, Uni<List<R>>> commit;
    private final Queue<Waiting<T, R>> waiting = new ArrayDeque<>();
    private int groups;

    /**
     * @param maxInGroup requests
     * @param maxGroups that are being committed at the same time
     * @param maxWaiting requests that wait for a group
     * @param timeout after which a request fails
     * @param commit gives a result for each request, in their order, or fails; one that did not end would hold up the others
     */
    public GroupCommit(
            int maxInGroup, int maxGroups, int maxWaiting, Duration timeout, Function<List<T>, Uni<List<R>>> commit) {
        this.maxInGroup = maxInGroup;
        this.maxGroups = maxGroups;
        this.maxWaiting = maxWaiting;
        this.timeout = timeout;
        this.commit = commit;
    }

    /**
     * The request's result. Fails as its group does; with a {@link TimeoutException} if the time is up, and whether it takes
     * effect is not known then; with a {@link BusyException} if too many are waiting.
     */
    public Uni<R> submit(T request) {
        return Uni.createFrom()
                .<R>emitter(outcome -> add(new Waiting<>(request, outcome)))
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
                .deferred(() ->
                        commit.apply(group.stream().map(one -> one.request).toList()))
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
        while (groups < maxGroups && group.size() < maxInGroup && !waiting.isEmpty()) {
            Waiting<T, R> one = waiting.remove();
            if (!one.gone) {
                group.add(one);
            }
        }
        if (!group.isEmpty()) {
            groups++;
        }
        return group;
    }

    private void ended() {
        synchronized (this) {
            groups--;
        }
        go();
    }

    private static final class Waiting<T, R> {
        private final T request;
        private final UniEmitter<? super R> outcome;
        private volatile boolean gone;

        private Waiting(T request, UniEmitter<? super R> outcome) {
            this.request = request;
            this.outcome = outcome;
        }
    }
}
