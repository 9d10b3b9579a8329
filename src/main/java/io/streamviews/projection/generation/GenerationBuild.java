package io.streamviews.projection.generation;

import io.smallrye.mutiny.Uni;
import io.streamviews.kafka.LogOffsets;
import io.streamviews.kafka.Readers;
import io.streamviews.projection.BatchWriter;
import io.streamviews.projection.Position;
import io.streamviews.projection.Positions;
import io.streamviews.projection.ViewSchema;
import io.streamviews.projection.ViewTransactions;
import io.streamviews.source.BaseView;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.LogTruncationException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.jboss.logging.Logger;

/**
 * Fills one generation from the beginning of the topics, in a schema that nobody reads and whose tables have been made already:
 * {@link #prepare}, {@link #fill}, {@link #fold}, {@link #finish}, and {@link #fill} again as often as it takes. Batches move
 * rows and positions together, as the live projection's do, so whoever is given the schema later goes on where this one
 * ended, be it in the midst of the first filling, which only adds to tables without keys.
 *
 * <p>It is in no consumer group: it reads known partitions up to known ends, nothing has to be shared out or committed,
 * and no rebalance can hold it up. Methods block, and are called by one thread; {@link #cancel} and the figures by any.
 */
public final class GenerationBuild implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(GenerationBuild.class);

    /** Longer than live: the batches are larger, and nobody waits for their rows. */
    private static final Duration WRITE_TIMEOUT = Duration.ofMinutes(2);

    private static final Duration FOR_EVER = Duration.ofDays(10_000);

    /** How often it is asked whether what is read for is still there. */
    private static final Duration LOOK = Duration.ofSeconds(5);

    private final Uni<List<BaseView>> views;
    private final ViewSchema target;
    private final Map<String, Object> kafka;
    private final BuildConfig config;
    private final ViewTransactions transactions;
    private final Positions positions;
    private final ExecutorService threads;
    private final Pace pace;
    private final List<FillWorker> workers = new CopyOnWriteArrayList<>();
    private volatile FilledLogs logs = FilledLogs.NONE;
    private BuildSteps steps;
    private volatile BatchWriter writer;
    private volatile Map<TopicPartition, Long> ends = Map.of();
    private volatile boolean cancelled;
    private volatile boolean broken;

    /**
     * @param declared its base views; asked once, when the schema is there
     * @param kafka settings of Kafka's clients; those that a consumer does not know are left out
     */
    public GenerationBuild(
            ViewSchema target, Supplier<List<BaseView>> declared, Map<String, Object> kafka, BuildConfig config) {
        this.views = Uni.createFrom().item(declared).memoize().indefinitely();
        this.target = target;
        this.kafka = kafka;
        this.config = config;
        this.transactions = ViewTransactions.unflushed(target.pool(), WRITE_TIMEOUT);
        // an epoch that somebody may go by is not lost again
        this.positions = target.positions(target.transactions(WRITE_TIMEOUT));
        AtomicInteger number = new AtomicInteger();
        this.threads = Executors.newFixedThreadPool(config.threads(), task -> {
            Thread thread = new Thread(task, target.name() + "-fill-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        this.pace = new Pace(target, Views.LIVE, config);
    }

    /** The base views. */
    public List<BaseView> views() {
        return views.await().indefinitely();
    }

    private BuildTables tables() {
        return new BuildTables(target.name(), views());
    }

    /**
     * Makes the schema's tables ready to be filled fast; to be called once, before anything is filled.
     *
     * @param own is closed as soon as somebody else may have the schema
     * @param live the schema of the generation whose places this one's continue
     */
    public void prepare(SqlConnection own, String live) {
        tables().prepare(own, live).await().indefinitely();
    }

    /**
     * Takes the generation over from whoever has filled it so far: what they still have in flight changes nothing.
     * The first epoch is the time, so that it is not one of a former generation in a schema of the same name.
     */
    public void open(LogOffsets offsets, List<TopicPartition> partitions) {
        Map<TopicPartition, Position> starts = positions
                .takeOver(partitions, System.currentTimeMillis(), offsets.ofGroup(null), stored -> null)
                .await()
                .indefinitely()
                .stream()
                .collect(Collectors.toMap(Position::partition, Function.identity()));
        this.logs = new FilledLogs(offsets, starts.values());
        this.steps =
                new BuildSteps(target, threads, config.threads(), own -> hold(own, starts.values()), () -> cancelled);
        Set<String> appended = transactions.run(tables()::appended).await().indefinitely();
        this.writer = new BatchWriter(transactions, target.name(), views(), positions, appended);
        if (appended.isEmpty()) {
            pace.close();
        }
        FillWorker.Common common =
                new FillWorker.Common(() -> writer, positions, config, () -> cancelled || broken, pace);
        for (int i = 0; i < config.threads(); i++) {
            int share = i;
            Map<TopicPartition, Position> own = starts.entrySet().stream()
                    .filter(start -> start.getKey().partition() % config.threads() == share)
                    .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
            if (!own.isEmpty()) {
                workers.add(new FillWorker(Readers.open(kafka, FillWorker.settings(config)), own, common));
            }
        }
        LOG.infof("%s: goes on after %d events; without keys so far: %s", target.name(), eventsDone(), appended);
    }

    /**
     * Reads each partition up to its end, and nothing after it; returns when all of it has been written.
     *
     * @throws CancellationException if it was cancelled meanwhile
     * @throws LostLogException if a topic was made anew, or has lost its end, and so would never be read up to there
     */
    public void fill(Map<TopicPartition, Long> ends) {
        fill(ends, FOR_EVER);
    }

    /** Does the same, but gives up when {@code patience} is over: whether it has come to the ends. What has been written stays. */
    public boolean fill(Map<TopicPartition, Long> ends, Duration patience) {
        if (cancelled) {
            // there may be no partition, and so no worker that would tell
            throw new CancellationException("The generation is no longer filled");
        }
        this.ends = Map.copyOf(ends);
        long deadline = System.nanoTime() + patience.toNanos();
        List<Future<Boolean>> shares = workers.stream()
                .map(worker -> threads.submit(() -> fill(worker, ends, deadline)))
                .toList();
        boolean complete = true;
        RuntimeException failure = null;
        for (Future<Boolean> share : shares) {
            try {
                complete &= result(share, ends);
            } catch (LostLogException lost) {
                broken = true;
                failure = lost;
            } catch (InterruptedException e) {
                cancel();
                throw new InterruptException(e);
            } catch (ExecutionException e) {
                // Those who were stopped by another one's failure have nothing to tell.
                if (failure == null || failure instanceof CancellationException) {
                    failure = e.getCause() instanceof RuntimeException cause
                            ? cause
                            : new IllegalStateException(e.getCause());
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
        pace.close();
        return complete;
    }

    /** A log that has become shorter, or another one, may never come to the end. */
    private boolean result(Future<Boolean> share, Map<TopicPartition, Long> ends)
            throws InterruptedException, ExecutionException {
        while (true) {
            try {
                return share.get(LOOK.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException reading) {
                logs.refuseLost(ends);
            }
        }
    }

    private boolean fill(FillWorker worker, Map<TopicPartition, Long> ends, long deadline) {
        try {
            return worker.fill(ends, deadline);
        } catch (LogTruncationException truncated) {
            broken = true;
            throw new LostLogException(truncated.divergentOffsets().keySet());
        } catch (RuntimeException | Error e) {
            broken = true;
            throw e;
        }
    }

    public Pool pool() {
        return target.pool();
    }

    /** Folds what has been added to one row per key, unless that has been done; what is read later is applied to that. */
    public void fold() {
        BuildTables tables = tables();
        tables.fold(steps, transactions.run(tables::appended).await().indefinitely());
        writer = new BatchWriter(transactions, target.name(), views(), positions);
    }

    /** Any position will do: a new owner takes over all of them. */
    private Uni<Void> hold(SqlConnection connection, Collection<Position> owned) {
        return owned.isEmpty()
                ? Uni.createFrom().voidItem()
                : positions.hold(connection, owned.iterator().next());
    }

    /** Whether {@link #finish} has been done. */
    public boolean isFinished(SqlConnection own) {
        return tables().isFinished(own).await().indefinitely();
    }

    /**
     * Makes a full generation of it: with its indexes, its derived views filled once, its triggers on. What takes long is done
     * before, beside {@code own}.
     *
     * @param own is closed as soon as somebody else may have the schema
     */
    public void finish(SqlConnection own) {
        fold();
        tables().finish(steps, own);
    }

    /** Its derived views that are not what their definitions say. */
    public Uni<List<String>> wrongDerivedViews() {
        return new DerivedComparison(target, config.threads()).wrongViews();
    }

    public FilledLogs logs() {
        return logs;
    }

    /** Offsets that have been written, from the beginnings; never more than {@link #eventsTotal}, if asked before it. */
    public long eventsDone() {
        return logs.eventsUpTo(reached());
    }

    /** Offsets from the beginnings to the ends that were last asked for, or further where more has been written. */
    public long eventsTotal() {
        Map<TopicPartition, Long> furthest = reached();
        ends.forEach((partition, end) -> furthest.merge(partition, end, Math::max));
        return logs.eventsUpTo(furthest);
    }

    private Map<TopicPartition, Long> reached() {
        Map<TopicPartition, Long> reached = new HashMap<>();
        workers.forEach(worker -> reached.putAll(worker.reached()));
        return reached;
    }

    /** Has {@link #fill} give up at the next batch; what has been written stays. */
    public void cancel() {
        cancelled = true;
    }

    @Override
    public void close() {
        cancel();
        pace.close();
        threads.shutdown();
        try {
            threads.awaitTermination(WRITE_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        workers.forEach(FillWorker::close);
    }
}
