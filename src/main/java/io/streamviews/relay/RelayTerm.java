package io.streamviews.relay;

import io.smallrye.mutiny.Uni;
import io.streamviews.postgres.BackOff;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.mutiny.pgclient.PgConnection;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * What a relay does with one connection: waits for the lock, then publishes until the connection is lost or the term is
 * ended. In a round it reads a batch, publishes it, awaits every acknowledgement, and moves the cursor; moved earlier,
 * the cursor would pass over events that a crash keeps from the broker. Whatever it waits for, the broker too, it is heard
 * of in the database meanwhile; if it cannot be, the connection is closed. Confined to one Vert.x context.
 */
final class RelayTerm {

    private static final Logger LOG = Logger.getLogger(Relay.class);
    private static final Duration SHORTEST = Duration.ofMillis(5);

    /** The longest pause after a round that is not full. */
    private static final int MAX_INTERVALS = 5;

    private final RelayConfig config;
    private final RelayState state;
    private final Publisher publisher;
    private final RelayCursor cursor;
    private final Unpublished unpublished;
    private final PgConnection connection;
    private final Vertx vertx;
    private final Pause pause;
    private final Executor context;
    private final BackOff backOff;
    private final BackOff untilSettled;
    private Optional<Long> owed;
    private boolean beating;
    private boolean mayArriveLate;
    private long roundStart;

    RelayTerm(Context context, PgConnection connection, RelayConfig config, RelayState state, Publisher publisher) {
        this.vertx = context.owner();
        this.connection = connection;
        this.config = config;
        this.state = state;
        this.publisher = publisher;
        this.cursor = new RelayCursor(connection, state.id(), config);
        this.unpublished = new Unpublished(connection, config);
        this.pause = new Pause(vertx);
        this.context = task -> context.runOnContext(now -> task.run());
        this.backOff = new BackOff(Duration.ofMillis(100), config.maxBackOff());
        this.untilSettled = new BackOff(SHORTEST, config.pollInterval());
    }

    /**
     * Completes when the term was ended, fails when the database did it. Either way the connection is closed, and nothing is
     * on its way to the broker any more.
     *
     * @param owing what {@link #owed} the relay's former term had
     */
    Uni<Void> run(Optional<Long> owing) {
        owed = owing;
        connection.closeHandler(() -> {
            state.ended();
            pause.end();
        });
        connection.exceptionHandler(failure -> LOG.debug("The relay's connection failed", failure));
        connection.getDelegate().notificationHandler(notification -> pause.wake());
        return here(cursor.prepare())
                .chain(this::payUp)
                .chain(() -> untilTrue(this::tryLock))
                .chain(() -> pause.hasEnded() ? Uni.createFrom().voidItem() : lead())
                .eventually(() -> {
                    state.ended();
                    return connection.close().onFailure().recoverWithNull();
                });
    }

    /**
     * Behind which event everything must be published once more, because what this relay had on its way may have come to the
     * broker when its successor had long done that: a process that was frozen in between finds out when it is thawed.
     */
    Optional<Long> owed() {
        return owed;
    }

    /** Ends the term after the batch that is on its way, if any. */
    void end() {
        pause.end();
    }

    private Uni<Void> payUp() {
        return owed.isEmpty()
                ? Uni.createFrom().voidItem()
                : here(cursor.owe(owed.get())).invoke(() -> owed = Optional.empty());
    }

    private Uni<Boolean> tryLock() {
        return here(cursor.tryLock()).call(locked -> locked ? Uni.createFrom().voidItem() : standBy());
    }

    private Uni<Void> standBy() {
        return here(cursor.endFrozen()).chain(ended -> {
            state.well();
            if (ended) {
                LOG.warnf(
                        "The relay that had the lock was not heard of for %d s: its session was ended",
                        config.frozenAfter().toSeconds());
            }
            return pause.rest(config.standbyInterval());
        });
    }

    private Uni<Void> lead() {
        long beats = vertx.setPeriodic(config.heartbeat().toMillis(), elapsed -> beat());
        return here(cursor.claim())
                .invoke(state::becameActive)
                .chain(() -> untilTrue(() -> round().replaceWith(false)))
                .chain(this::release)
                .onTermination()
                .invoke(() -> vertx.cancelTimer(beats));
    }

    /**
     * What a failed publication has sent may come to the broker behind what a successor publishes, while what this relay's own
     * producer sends again does not. The successor is to repeat then, as after a relay that was interrupted.
     */
    private Uni<Void> release() {
        return mayArriveLate
                ? Uni.createFrom().voidItem()
                : cursor.release().onFailure().recoverWithNull();
    }

    private void beat() {
        if (!state.isActive() || beating || cursor.silence().compareTo(config.heartbeat()) < 0) {
            return;
        }
        beating = true;
        here(cursor.beat(state.lastError().orElse(null)))
                .onTermination()
                .invoke(() -> beating = false)
                .subscribe()
                .with(heard -> {}, unheard -> connection.closeAndForget());
    }

    private Uni<Void> round() {
        roundStart = System.nanoTime();
        return (cursor.repetitionIsDue()
                        ? here(cursor.repeat())
                        : Uni.createFrom().voidItem())
                .chain(() -> here(unpublished.after(cursor.position())))
                .chain(batch -> batch.events().isEmpty() ? idle(batch) : publish(batch))
                .onFailure(PublishFailedException.class)
                .recoverWithUni(failure -> {
                    mayArriveLate = true;
                    state.troubled("Kafka does not take events", failure);
                    return pause.rest(backOff.next());
                });
    }

    private Uni<Void> publish(Unpublished.Batch batch) {
        return surelyLeading()
                .chain(() -> here(patient(publisher.publish(batch.events(), cursor.leaseEnd())))
                        .onItemOrFailure()
                        .invoke((acknowledged, failure) -> noteLateOutcome()))
                .chain(() -> here(cursor.move(batch.end())))
                .invoke(() -> {
                    owed = Optional.empty();
                    mayArriveLate = false;
                    state.well();
                    backOff.reset();
                    untilSettled.reset();
                    state.published(batch.events().size());
                })
                .chain(() -> batch.more() ? Uni.createFrom().voidItem() : untilNextRound(batch));
    }

    /** To read the batch may have taken long. */
    private Uni<Void> surelyLeading() {
        return cursor.leaseEnd() - System.nanoTime() > cursor.silence().toNanos()
                ? Uni.createFrom().voidItem()
                : here(cursor.beat(state.lastError().orElse(null)));
    }

    /** A successor repeats what may have come to the broker by now, and no more. */
    private void noteLateOutcome() {
        if (owed.isEmpty() && cursor.silence().compareTo(config.repeatAfter()) > 0) {
            owed = Optional.of(cursor.position());
        }
    }

    /**
     * A round costs much more than an event: rounds that are not full do not follow each other too closely, and the less
     * so the longer they take, since everybody has too much to do then.
     */
    private Uni<Void> untilNextRound(Unpublished.Batch batch) {
        long shortest = config.interval().toMillis();
        long sinceStart = Duration.ofNanos(System.nanoTime() - roundStart).toMillis();
        long left = Math.max(shortest - sinceStart, Math.min(sinceStart, shortest * MAX_INTERVALS));
        return left > 0 ? pause.rest(Duration.ofMillis(left)) : idle(batch);
    }

    /** Others' transactions end without waking us, so that events that wait for them are looked for by ourselves. */
    private Uni<Void> idle(Unpublished.Batch batch) {
        return pause.idle(batch.unsettled() ? untilSettled.next() : config.pollInterval());
    }

    /** The producer tries for long before it gives a batch up; that it has to is said earlier. */
    private Uni<Void> patient(Uni<Void> publication) {
        Uni<Void> outcome = publication.memoize().indefinitely();
        return outcome.ifNoItem().after(config.patience()).recoverWithUni(() -> {
            state.troubled(
                    "Kafka does not take events",
                    new PublishFailedException(new TimeoutException(
                            "no acknowledgement for " + config.patience().toMillis() + " ms")));
            return outcome;
        });
    }

    private Uni<Void> untilTrue(Supplier<Uni<? extends Boolean>> step) {
        return Uni.createFrom()
                .<Boolean>deferred(step)
                .repeat()
                .until(done -> done || pause.hasEnded())
                .collect()
                .last()
                .replaceWithVoid();
    }

    private <T> Uni<T> here(Uni<T> elsewhere) {
        return elsewhere.emitOn(context);
    }
}
