package io.streamviews.rebuild;

import static io.streamviews.rebuild.RebuildState.ABANDONED;
import static io.streamviews.rebuild.RebuildState.CANCELLED;
import static io.streamviews.rebuild.RebuildState.FAILED;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import io.streamviews.postgres.BackOff;
import io.streamviews.postgres.DatabaseConnections;
import io.streamviews.postgres.Patience;
import io.streamviews.postgres.Reason;
import io.streamviews.postgres.SessionLock;
import io.streamviews.postgres.Sql;
import io.streamviews.postgres.Ticks;
import io.streamviews.projection.Owner;
import io.streamviews.projection.ProjectionConfig;
import io.streamviews.projection.generation.CarryOver;
import io.streamviews.projection.generation.GenerationBuild;
import io.streamviews.projection.generation.GenerationBuilds;
import io.streamviews.projection.generation.Generations;
import io.streamviews.projection.generation.LostLogException;
import io.streamviews.projection.generation.RefusedGenerationException;
import io.streamviews.projection.generation.WrongViewFilesException;
import io.vertx.mutiny.pgclient.PgConnection;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;

/**
 * Looks every second whether a rebuild is under way that nobody works on, be it new or left by a process that died or is
 * frozen, and works on it.
 */
@ApplicationScoped
public final class RebuildRunner {

    private static final Logger LOG = Logger.getLogger(RebuildRunner.class);
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(10);
    private static final BackOff BACK_OFF = new BackOff(Duration.ofSeconds(1), Duration.ofSeconds(64));

    /** What is done by who has the lock takes as long as it takes. */
    private static final String UNBOUNDED =
            "SET client_min_messages = warning; SET statement_timeout = 0; SET lock_timeout = 0";

    private final Rebuilds rebuilds;
    private final DatabaseConnections connections;
    private final GenerationBuilds builds;
    private final boolean enabled;
    private Cancellable looking;
    private volatile Thread working;
    private volatile GenerationBuild build;
    private final AtomicBoolean isLooking = new AtomicBoolean();
    private volatile boolean stopping;
    private volatile long notBefore = System.nanoTime();

    RebuildRunner(
            Rebuilds rebuilds, DatabaseConnections connections, GenerationBuilds builds, ProjectionConfig projection) {
        this.rebuilds = rebuilds;
        this.connections = connections;
        this.builds = builds;
        this.enabled = projection.enabled();
    }

    void onStart(@Observes StartupEvent start) {
        if (enabled) {
            looking = Ticks.every(INTERVAL, this::look);
        }
    }

    /** Whoever is there goes on with it. */
    void onStop(@Observes ShutdownEvent stop) throws InterruptedException {
        stopping = true;
        if (looking != null) {
            looking.cancel();
        }
        GenerationBuild current = build;
        Thread thread = working;
        if (current != null) {
            current.cancel();
        }
        if (thread != null) {
            thread.join(STOP_PATIENCE.toMillis());
        }
    }

    /**
     * Asks for a rebuild, and begins with it at once where this instance builds; else another one does within a second. Fails (409)
     * while there is one.
     *
     * @param views the fingerprint of the files that the new generation is made of
     * @param hold whether it waits for approval before the exchange
     * @param dropRemoved base views of which it does without what the topics do not hold any more
     */
    Uni<Rebuild> request(String views, boolean hold, List<String> dropRemoved) {
        return rebuilds.request(views, hold, dropRemoved).invoke(() -> {
            if (enabled) {
                look().subscribe().with(begun -> {}, failure -> LOG.debug("The next tick tries again", failure));
            }
        });
    }

    /** Has a rebuild end that nobody works on who has its files; whether it has given no sign of life since then. */
    Uni<Boolean> cancelLeft(long id, String sign) {
        return rebuilds.cancelLeft(id, sign);
    }

    /** What this process works on; empty if there is nothing. */
    Optional<GenerationBuild> current() {
        return Optional.ofNullable(build);
    }

    /** One at a time: who is at it has seen that nobody works, and that it is time. */
    private Uni<Void> look() {
        if (!isLooking.compareAndSet(false, true)) {
            return Uni.createFrom().voidItem();
        }
        return Uni.createFrom().deferred(this::lookAlone).eventually(() -> isLooking.set(false));
    }

    private Uni<Void> lookAlone() {
        if (stopping || working != null || System.nanoTime() - notBefore < 0) {
            return Uni.createFrom().voidItem();
        }
        return builds.views().fingerprint().flatMap(views -> rebuilds.underWay(views)
                .flatMap(found -> found.isEmpty() ? Uni.createFrom().voidItem() : take(views)));
    }

    private Uni<Void> take(String views) {
        return SessionLock.tryTake(connections, "streamviews rebuild", Long.toString(Rebuilds.LOCK))
                .invoke(taken -> taken.ifPresent(lock -> begin(lock, views)))
                .replaceWithVoid();
    }

    /** In a thread that is there before an attempt is claimed: what cannot begin takes none. */
    private void begin(SessionLock lock, String views) {
        working = new Thread(() -> work(lock, views), "rebuild");
        working.setDaemon(true);
        try {
            working.start();
        } catch (RuntimeException | Error e) {
            working = null;
            lock.release();
            throw e;
        }
    }

    private void work(SessionLock lock, String views) {
        try {
            Optional<Rebuild> claimed = claim(lock, views);
            if (claimed.isPresent() && !stopping) {
                attempt(claimed.get(), lock);
            }
        } catch (RuntimeException e) {
            LOG.debug("The next tick tries again", e);
        } finally {
            lock.close();
            working = null;
        }
    }

    private static Optional<Rebuild> claim(SessionLock lock, String views) {
        Patience.whileAtWork(lock.connection());
        return Sql.run(lock.connection(), UNBOUNDED)
                .chain(() -> Rebuilds.claim(lock.connection(), Owner.thisProcess(), views))
                .await()
                .indefinitely();
    }

    private void attempt(Rebuild rebuild, SessionLock lock) {
        LOG.infof("Rebuild %d: attempt %d", rebuild.id(), rebuild.attempt());
        RebuildHeartbeat report = null;
        Pool own = builds.pool();
        try (GenerationBuild current = builds.of(Generations.NEXT, own, Owner.thisProcess())) {
            build = current;
            report = RebuildHeartbeat.start(rebuild, rebuilds, current);
            if (rebuild.cancelRequested()) {
                throw new CancellationException();
            }
            if (rebuild.attempt() > builds.maxAttempts() && !rebuild.mayBeGoneOnWithForEver()) {
                throw new IllegalStateException(rebuild.error() == null ? "Its process has died" : rebuild.error());
            }
            new RebuildAttempt(rebuild, lock, current, builds.views(), builds.offsets()).run();
            LOG.infof("Rebuild %d: done; the former generation stays for a roll-back", rebuild.id());
        } catch (CancellationException e) {
            if (rebuild.cancelRequested() || report.isCancelRequested()) {
                end(rebuild, lock.connection(), CANCELLED, null);
            } else {
                LOG.infof("Rebuild %d: left to whoever goes on with it", rebuild.id());
            }
        } catch (RefusedGenerationException | WrongViewFilesException | LostLogException e) {
            end(rebuild, lock.connection(), FAILED, e.getMessage());
        } catch (RuntimeException | Error e) {
            if (e instanceof RuntimeException && report != null && report.isCancelRequested()) {
                LOG.infof("Rebuild %d: cancelled, and broken off: %s", rebuild.id(), e.toString());
                end(rebuild, lock.connection(), CANCELLED, null);
            } else {
                broken(rebuild, lock, e);
            }
        } finally {
            if (report != null) {
                report.close();
            }
            own.closeAndForget();
            build = null;
        }
    }

    private void broken(Rebuild rebuild, SessionLock lock, Throwable failure) {
        if (stopping) {
            LOG.infof("Rebuild %d: left to whoever goes on with it", rebuild.id());
            return;
        }
        String error = Reason.of(failure);
        if (isGivenUp(rebuild)) {
            end(
                    rebuild,
                    lock.connection(),
                    ABANDONED,
                    "Given up after %d attempts: %s".formatted(builds.maxAttempts(), error));
            return;
        }
        notBefore = System.nanoTime() + BACK_OFF.after(rebuild.attempt()).toNanos();
        if (isReplaced(rebuild, error)) {
            LOG.infof("Rebuild %d: left to whoever has gone on with it", rebuild.id());
        } else {
            LOG.logf(weight(failure), failure, "Rebuild %d: attempt %d broke off", rebuild.id(), rebuild.attempt());
        }
    }

    /** As the rebuild is by now: people may have been asked since this attempt began. */
    private boolean isGivenUp(Rebuild rebuild) {
        try {
            return rebuild.attempt() >= builds.maxAttempts()
                    && !rebuilds.find(rebuild.id()).await().indefinitely().mayBeGoneOnWithForEver();
        } catch (RuntimeException e) {
            LOG.debug("Left to the next attempt", e);
            return false;
        }
    }

    /** Notes why the attempt has ended, unless another one has begun. */
    private boolean isReplaced(Rebuild rebuild, String error) {
        try {
            return !rebuilds.note(rebuild, error).await().indefinitely();
        } catch (RuntimeException e) {
            LOG.debug("Not noted", e);
            return false;
        }
    }

    /** The next generation goes and the rebuild is over, both or none; if none, another attempt will do it. */
    private void end(Rebuild rebuild, PgConnection control, RebuildState state, String error) {
        try {
            control.query("BEGIN")
                    .execute()
                    .chain(() -> Generations.drop(control, Generations.NEXT))
                    .chain(() -> Rebuilds.finish(control, rebuild, state, error))
                    .chain(() -> control.query("COMMIT").execute())
                    .await()
                    .indefinitely();
            LOG.infof("Rebuild %d: %s%s", rebuild.id(), state, error == null ? "" : ": " + error);
        } catch (RuntimeException e) {
            LOG.logf(weight(e), e, "Rebuild %d could not be ended as %s yet", rebuild.id(), state);
        }
    }

    /** Who gives way to an erasure, say, by PostgreSQL's choice, only has to try again. */
    private static Logger.Level weight(Throwable failure) {
        return CarryOver.isLostRace(failure) ? Logger.Level.WARN : Logger.Level.ERROR;
    }
}
