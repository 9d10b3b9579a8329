package io.streamviews.relay;

import io.smallrye.mutiny.Uni;
import io.streamviews.postgres.BackOff;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.mutiny.pgclient.PgConnection;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Publishes the event log: every committed event at least once, each aggregate's in the order of its versions; again
 * only after a failure. Of all relays on a database one is active, the one whose connection holds the lock; when that
 * connection ends, however it ends, another takes over; one that is not heard of any more is replaced. A relay works on one
 * connection at a time and outlives its loss.
 *
 * <p>A transaction that has written events and is left open holds back all events after its own.
 */
public final class Relay {

    private final Vertx vertx;
    private final Context context;
    private final Supplier<Uni<PgConnection>> connections;
    private final Publisher publisher;
    private final RelayConfig config;
    private final RelayState state = new RelayState();
    private final BackOff backOff;
    private final CompletableFuture<Void> stopped = new CompletableFuture<>();

    private boolean started;
    private boolean stopping;
    private RelayTerm term;
    private Optional<Long> owed = Optional.empty();
    private long nextTerm;

    /** @param connections opens a connection of the relay's own */
    public Relay(Vertx vertx, Supplier<Uni<PgConnection>> connections, Publisher publisher, RelayConfig config) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.connections = connections;
        this.publisher = publisher;
        this.config = config;
        this.backOff = new BackOff(Duration.ofMillis(100), config.maxBackOff());
    }

    /** Returns at once, and does its work from now on. */
    public void start() {
        context.runOnContext(now -> {
            if (!stopping) {
                started = true;
                begin();
            }
        });
    }

    /** Completes when the relay has given the lock up, and what it was publishing is acknowledged. */
    public CompletableFuture<Void> stop() {
        context.runOnContext(now -> {
            stopping = true;
            if (term != null) {
                term.end();
            } else if (!started || vertx.cancelTimer(nextTerm)) {
                stopped.complete(null);
            }
        });
        return stopped;
    }

    public RelayState state() {
        return state;
    }

    private void begin() {
        connections
                .get()
                .emitOn(this::here)
                .chain(connection -> {
                    term = new RelayTerm(context, connection, config, state, publisher);
                    if (stopping) {
                        term.end();
                    }
                    return term.run(owed).invoke(backOff::reset);
                })
                .emitOn(this::here)
                .subscribe()
                .with(ended -> again(new IllegalStateException("the connection was lost")), this::again);
    }

    private void here(Runnable task) {
        context.runOnContext(now -> task.run());
    }

    private void again(Throwable reason) {
        if (term != null) {
            owed = term.owed();
            term = null;
        }
        if (stopping) {
            stopped.complete(null);
            return;
        }
        state.troubled("The relay cannot use the database", reason);
        nextTerm = vertx.setTimer(backOff.next().toMillis(), elapsed -> begin());
    }
}
