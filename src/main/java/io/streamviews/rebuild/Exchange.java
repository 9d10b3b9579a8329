package io.streamviews.rebuild;

import static io.streamviews.projection.generation.Generations.NEXT;
import static io.streamviews.rebuild.RebuildState.DONE;

import io.smallrye.mutiny.Uni;
import io.streamviews.postgres.SessionLock;
import io.streamviews.projection.generation.CarryOver;
import io.streamviews.projection.generation.GenerationBuild;
import io.streamviews.projection.generation.GenerationPart;
import io.streamviews.projection.generation.Generations;
import io.streamviews.projection.generation.RefusedGenerationException;
import io.vertx.mutiny.pgclient.PgConnection;
import io.vertx.mutiny.sqlclient.Transaction;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

/**
 * The exchange of the next generation with the live one, in one transaction on the connection that holds the rebuild's lock:
 * people read the one or the other, whole.
 */
final class Exchange {

    private static final Logger LOG = Logger.getLogger(Exchange.class);

    /**
     * How long one attempt at the exchange waits for the live projection's batches to end, and then, while it holds them
     * back, reads what is missing. To write the last of that comes on top: it is bound by PostgreSQL, which ends the
     * transaction that holds them when it has been idle for ten seconds.
     */
    private static final Duration HOLD = Duration.ofMillis(500);

    /** How long to wait for who alters or vacuums a table; meanwhile only others who want to do so wait. */
    private static final Duration DEFINITIONS_PATIENCE = Duration.ofSeconds(5);

    /** So often something may be made on the live views between the last look at them and the exchange. */
    private static final int MOST_LATE = 5;

    private final Rebuild rebuild;
    private final SessionLock lock;
    private final PgConnection control;
    private final GenerationBuild build;
    private final Supplier<Map<TopicPartition, Long>> live;
    private final BooleanSupplier isThere;
    private boolean takesAlong;
    private int late;

    /**
     * @param lock on its connection all is decided
     * @param live where the live generation stands now
     * @param isThere whether the next generation is still the one that was filled
     */
    Exchange(
            Rebuild rebuild,
            SessionLock lock,
            GenerationBuild build,
            Supplier<Map<TopicPartition, Long>> live,
            BooleanSupplier isThere) {
        this.rebuild = rebuild;
        this.lock = lock;
        this.control = lock.connection();
        this.build = build;
        this.live = live;
        this.isThere = isThere;
    }

    /** Has the next attempt begin with taking along what people have made since that was done: there was much time for it. */
    void takeAlong() {
        takesAlong = true;
    }

    /**
     * Holds the live projection's batches back, reads the little that is missing, and exchanges the generations; lets go
     * if that takes too long, or something has been made on the live views that takes its time to be made here, too.
     *
     * @param readOn reads what has come, so that little is missing
     * @return whether people read the new generation; else it can be tried again
     * @throws CancellationException if the rebuild was cancelled, or somebody else goes on with it
     * @throws RefusedGenerationException if the new generation is not good enough
     */
    boolean attempt(Runnable readOn) {
        boolean isComplete = !takesAlong || isTakenAlong();
        readOn.run();
        if (!isComplete) {
            return false;
        }
        lock.silent(true);
        Transaction transaction = await(control.begin());
        try {
            boolean exchanged = attemptIn(transaction);
            if (!exchanged) {
                await(transaction.rollback());
            }
            return exchanged;
        } catch (RuntimeException e) {
            rollBack(transaction);
            if (CarryOver.isLeft(e) && late++ < MOST_LATE) {
                takesAlong = true;
                return false;
            }
            if (CarryOver.isLostRace(e)) {
                return false;
            }
            throw e;
        } finally {
            lock.silent(false);
        }
    }

    private boolean isTakenAlong() {
        try {
            await(CarryOver.prepare(control));
            takesAlong = false;
            return true;
        } catch (RuntimeException e) {
            if (CarryOver.isLostRace(e)) {
                return false;
            }
            throw e;
        }
    }

    private boolean attemptIn(Transaction transaction) {
        await(CarryOver.hold(control, DEFINITIONS_PATIENCE.toMillis()));
        if (!isThere.getAsBoolean()) {
            throw new CancellationException("The next generation is another one than was filled");
        }
        long held = System.nanoTime();
        await(Generations.holdBatches(control, HOLD.toMillis()));
        boolean level = build.fill(live.get(), HOLD) && await(Generations.isLevel(control));
        RefusedGenerationException.ifAny(
                await(Generations.ofOtherLogs(control)),
                "Topics were made anew or truncated while the rebuild read them; begin again");
        if (!level) {
            return false;
        }
        refuseNewDeadLetters(control);
        refuseSuspended(control);
        Map<String, GenerationPart> wanted = await(CarryOver.wanted(control, NEXT));
        if (await(Generations.replace(control, NEXT))) {
            await(Generations.fence(control));
        }
        await(Generations.swap(control));
        await(CarryOver.complete(control, wanted));
        await(Rebuilds.report(control, rebuild, build.eventsDone(), build.eventsTotal(), null));
        if (!await(Rebuilds.finish(control, rebuild, DONE, null))) {
            throw new CancellationException("Cancelled, or in other hands");
        }
        await(transaction.commit());
        LOG.infof(
                "Rebuild %d: exchanged; batches waited for %d ms at most",
                rebuild.id(), (System.nanoTime() - held) / 1_000_000);
        return true;
    }

    static void refuseNewDeadLetters(PgConnection control) {
        RefusedGenerationException.ifAny(
                await(Generations.newDeadLetters(control)),
                "Events that the live views have taken cannot be applied any more");
    }

    static void refuseSuspended(PgConnection control) {
        RefusedGenerationException.ifAny(await(Generations.suspended(control)), "Derived views have failed");
    }

    private static void rollBack(Transaction transaction) {
        try {
            await(transaction.rollback());
        } catch (RuntimeException ended) {
            LOG.debug("The transaction has ended already", ended);
        }
    }

    private static <T> T await(Uni<T> call) {
        return call.await().indefinitely();
    }
}
