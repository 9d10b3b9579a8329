package io.streamviews.projection;

import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.api.trace.Tracer;
import io.smallrye.mutiny.Uni;
import io.streamviews.source.BaseView;
import io.vertx.mutiny.sqlclient.Pool;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.KafkaClientSupplier;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler;

/**
 * Keeps the views of one generation (a schema) from their topics. It knows no view by name; it has no state store, since
 * PostgreSQL is the state.
 *
 * <p>All topics feed one processor, so one task has the same partition of each and writes them in the same transaction.
 */
public final class Projection {

    private final String schema;
    private final Pool pool;
    private final ProjectionConfig config;
    private final MeterRegistry registry;
    private final Clock clock;
    private final Assignments assignments = new Assignments();
    private final Shutdown shutdown = new Shutdown();
    private final WriteFailures troubles;
    private final Positions positions;
    private final ViewTransactions transactions;
    private final List<String> topics;
    private volatile BatchWriter writer;
    private final BatchTraces traces = new BatchTraces();
    private final List<BatchListener> listeners = new CopyOnWriteArrayList<>();

    /**
     * @param schema the generation's schema, which is there
     * @param owner names this process in the positions, for people
     */
    public Projection(
            String schema,
            List<BaseView> views,
            Pool pool,
            String owner,
            ProjectionConfig config,
            MeterRegistry registry,
            Clock clock) {
        this.schema = schema;
        this.pool = pool;
        this.config = config;
        this.registry = registry;
        this.clock = clock;
        this.troubles = new WriteFailures(clock);
        this.transactions = new ViewTransactions(pool, config.writeTimeout());
        this.positions = new Positions(transactions, schema, owner);
        this.topics = views.stream().map(BaseView::topic).distinct().toList();
        this.writer = new BatchWriter(transactions, schema, views, positions);
        this.listeners.add(new ProjectionMetrics(registry));
        this.listeners.add(traces);
    }

    /**
     * Has the views be asked for whenever partitions are taken over: the generation may be another one then.
     *
     * @param declared its base views
     */
    public void reloadFrom(Supplier<Uni<List<BaseView>>> declared) {
        positions.whenTakenOver(() -> declared.get()
                .invoke(views -> writer = new BatchWriter(transactions, schema, views, positions))
                .replaceWithVoid());
    }

    /** Has batches be told to a tracer, from now on. */
    public void traceTo(Tracer tracer) {
        traces.to(tracer);
    }

    /** The Kafka Streams topology; it works only with the {@link #clients()} of the same projection. */
    public Topology topology() {
        MissedRebalanceLogFilter.install();
        BatchListener toAll = new BatchListener() {
            @Override
            public void committed(WriteBatch batch, long startNanos) {
                listeners.forEach(listener -> listener.committed(batch, startNanos));
            }

            @Override
            public void retried() {
                listeners.forEach(BatchListener::retried);
            }
        };
        Batching batching = new Batching(() -> writer, troubles, config, toAll);
        ByteArrayDeserializer bytes = new ByteArrayDeserializer();
        return new Topology()
                .addSource(
                        AutoOffsetReset.earliest(),
                        "events",
                        // A negative time stamp is a producer's oddity, not a reason to stop.
                        (record, partitionTime) -> Math.max(0, record.timestamp()),
                        bytes,
                        bytes,
                        topics.toArray(String[]::new))
                .addProcessor("views", () -> new BatchProcessor(topics, assignments, batching, traces), "events");
    }

    /** The clients that resume from the positions; they stop in time only if {@link #shutdown()} is told of it. */
    public KafkaClientSupplier clients() {
        return new ResumingClients(positions, assignments, troubles, shutdown, config.retryMaxPause());
    }

    /** What Kafka Streams tells that it is stopping. */
    public KafkaStreams.StateListener shutdown() {
        return shutdown;
    }

    /** What becomes of a stream thread that dies: another one takes over. */
    public StreamsUncaughtExceptionHandler threadReplacement() {
        return new ThreadReplacement(troubles);
    }

    /** What keeps the views from being written. */
    public WriteFailures troubles() {
        return troubles;
    }

    /** Has one more be told of the batches of this process. */
    public void addListener(BatchListener listener) {
        listeners.add(listener);
    }

    /**
     * Watches how far the views are behind.
     *
     * @param partitionsEach partitions of each topic
     */
    public ProgressWatch watch(Admin admin, int partitionsEach) {
        return new ProgressWatch(
                pool, admin, clock, schema, assignments, topics, partitionsEach, config.progressInterval(), registry);
    }
}
