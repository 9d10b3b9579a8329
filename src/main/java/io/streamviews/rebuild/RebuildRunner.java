package io.streamviews.rebuild;

import static io.streamviews.rebuild.RebuildState.ABANDONED;
import static io.streamviews.rebuild.RebuildState.CANCELLED;
import static io.streamviews.rebuild.RebuildState.FAILED;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.common.annotation.Identifier;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import io.streamviews.event.DatabaseConnections;
import io.streamviews.event.TopicsConfig;
import io.streamviews.projection.BuildConfig;
import io.streamviews.projection.GenerationBuild;
import io.streamviews.projection.LogOffsets;
import io.streamviews.projection.Owner;
import io.streamviews.projection.ProjectionConfig;
import io.streamviews.view.Views;
import io.vertx.mutiny.pgclient.PgConnection;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

/**
 * Looks every second whether a rebuild is under way that nobody works on, be it new or left by a process that died, and
 * works on it. A lock that PostgreSQL holds for a connection, and ends with it, sees to it that only one process does.
 */
@ApplicationScoped
public final class RebuildRunner {

    private static final Logger LOG = Logger.getLogger(RebuildRunner.class);
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(10);
    private static final int MAX_DOUBLINGS = 6;

    private static final String PREPARE =
            """
            SET application_name = 'streamviews rebuild';
            SET client_min_messages = warning;
            SET tcp_keepalives_idle = 5;
            SET tcp_keepalives_interval = 2;
            SET tcp_keepalives_count = 3;
            """;
    private static final String TRY_LOCK = "SELECT pg_try_advisory_lock(7239378213490)";

    private final Rebuilds rebuilds;
    private final Views views;
    private final DatabaseConnections connections;
    private final Map<String, Object> kafka;
    private final BuildConfig config;
    private final boolean enabled;
    private final LogOffsets offsets;
    private final int partitionsEach;
    private final List<TopicPartition> partitions;
    private Cancellable looking;
    private volatile Thread working;
    private volatile GenerationBuild build;
    private volatile boolean stopping;
    private volatile long notBefore = System.nanoTime();

    RebuildRunner(
            Rebuilds rebuilds,
            Views views,
            DatabaseConnections connections,
            @Identifier("default-kafka-broker") Map<String, Object> kafka,
            BuildConfig config,
            ProjectionConfig projection,
            TopicsConfig topics,
            Admin admin) {
        this.rebuilds = rebuilds;
        this.views = views;
        this.connections = connections;
        this.kafka = kafka;
        this.config = config;
        this.enabled = projection.enabled();
        this.offsets = new LogOffsets(admin);
        this.partitionsEach = topics.partitions();
        this.partitions = GenerationBuild.partitions(views.all(), partitionsEach);
    }

    void onStart(@Observes StartupEvent start) {
        if (enabled) {
            looking = Multi.createFrom()
                    .ticks()
                    .every(INTERVAL)
                    .onOverflow()
                    .drop()
                    .onItem()
                    .transformToUniAndConcatenate(tick -> look())
                    .subscribe()
                    .with(done -> {}, failure -> LOG.error("Rebuilds are no longer looked for", failure));
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

    private Uni<Void> look() {
        if (working != null || System.nanoTime() - notBefore < 0) {
            return Uni.createFrom().voidItem();
        }
        return rebuilds.underWay()
                .flatMap(found -> found.isEmpty() ? Uni.createFrom().voidItem() : take())
                .onFailure()
                .invoke(failure -> LOG.debug("No look at rebuilds", failure))
                .onFailure()
                .recoverWithNull();
    }

    private Uni<Void> take() {
        return connections.open().flatMap(control -> control.query(PREPARE)
                .execute()
                .chain(() -> control.query(TRY_LOCK).execute())
                .ifNoItem()
                .after(STOP_PATIENCE)
                .fail()
                .map(rows -> rows.iterator().next().getBoolean(0))
                .flatMap(mine -> mine
                        ? Rebuilds.claim(control, Owner.thisProcess())
                        : Uni.createFrom().item(Optional.<Rebuild>empty()))
                .flatMap(claimed -> {
                    if (claimed.isEmpty()) {
                        control.closeAndForget();
                        return Uni.createFrom().voidItem();
                    }
                    working = new Thread(() -> work(claimed.get(), control), "rebuild");
                    working.setDaemon(true);
                    working.start();
                    return Uni.createFrom().voidItem();
                })
                .onFailure()
                .invoke(control::closeAndForget));
    }

    private void work(Rebuild rebuild, PgConnection control) {
        LOG.infof("Rebuild %d: attempt %d", rebuild.id(), rebuild.attempt());
        RunReport report = null;
        // While the exchange holds the live batches back, those have the common pool's connections.
        Pool own = connections.pool(partitionsEach);
        try (GenerationBuild current =
                new GenerationBuild(Generations.NEXT, views.all(), own, kafka, config, Owner.thisProcess())) {
            build = current;
            report = RunReport.start(rebuild, rebuilds, current);
            if (rebuild.cancelRequested()) {
                throw new CancellationException();
            }
            if (rebuild.attempt() > config.maxAttempts()) {
                throw new IllegalStateException(rebuild.error() == null ? "Its process has died" : rebuild.error());
            }
            new RebuildRun(rebuild, control, current, views, offsets, partitions).run();
            LOG.infof("Rebuild %d: done; the former generation stays for a roll-back", rebuild.id());
        } catch (CancellationException e) {
            if (rebuild.cancelRequested() || report.isCancelRequested()) {
                end(rebuild, control, CANCELLED, null);
            } else {
                LOG.infof("Rebuild %d: left to whoever goes on with it", rebuild.id());
            }
        } catch (RefusedGenerationException e) {
            end(rebuild, control, FAILED, e.getMessage());
        } catch (RuntimeException | Error e) {
            broken(rebuild, control, e);
        } finally {
            if (report != null) {
                report.close();
            }
            close(control);
            own.closeAndForget();
            build = null;
            working = null;
        }
    }

    private void broken(Rebuild rebuild, PgConnection control, Throwable failure) {
        if (stopping) {
            LOG.infof("Rebuild %d: left to whoever goes on with it", rebuild.id());
            return;
        }
        String error = failure.getMessage() == null ? failure.toString() : failure.getMessage();
        if (rebuild.attempt() >= config.maxAttempts()) {
            end(rebuild, control, ABANDONED, "Given up after %d attempts: %s".formatted(config.maxAttempts(), error));
            return;
        }
        LOG.errorf(failure, "Rebuild %d: attempt %d broke off", rebuild.id(), rebuild.attempt());
        notBefore = System.nanoTime() + TimeUnit.SECONDS.toNanos(1L << Math.min(rebuild.attempt(), MAX_DOUBLINGS));
        try {
            rebuilds.note(rebuild, error).await().indefinitely();
        } catch (RuntimeException e) {
            LOG.debug("Not noted", e);
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
            LOG.errorf(e, "Rebuild %d could not be ended as %s yet", rebuild.id(), state);
        }
    }

    private static void close(PgConnection control) {
        try {
            control.close().await().atMost(STOP_PATIENCE);
        } catch (RuntimeException e) {
            LOG.debug("Closed already", e);
        }
    }
}
