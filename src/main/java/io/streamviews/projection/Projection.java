package io.streamviews.projection;

import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.api.trace.Tracer;
import io.smallrye.mutiny.Uni;
import io.streamviews.kafka.LogOffsets;
import io.streamviews.source.BaseView;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.Topology;

/**
 * Keeps the views of one generation (a schema) from their topics. It knows no view by name; it has no state store, since
 * PostgreSQL is the state.
 *
 * <p>All topics of a group feed one processor, so one task has the same partition of each and writes them in the same
 * transaction.
 */
public final class Projection {

    private final ViewSchema schema;
    private final ProjectionConfig config;
    private final MeterRegistry registry;
    private final Clock clock;
    private final Assignments assignments;
    private final WriteFailures troubles;
    private final Positions positions;
    private final ViewTransactions transactions;
    private volatile Layout layout = Layout.NONE;
    private volatile BatchWriter writer;
    private final AtomicLong asked = new AtomicLong();
    private long answered;
    private volatile Duration spacing = Duration.ZERO;
    private final BatchTraces traces = new BatchTraces();
    private final List<BatchListener> listeners = new CopyOnWriteArrayList<>();

    /** @param schema is there already */
    public Projection(
            ViewSchema schema, List<BaseView> views, ProjectionConfig config, MeterRegistry registry, Clock clock) {
        this.schema = schema;
        this.config = config;
        this.registry = registry;
        this.clock = clock;
        this.troubles = new WriteFailures(clock);
        this.transactions = schema.transactions(config.writeTimeout());
        this.positions = schema.positions(transactions);
        this.assignments = new Assignments(partition -> layout.taskOf(partition));
        this.writer = new BatchWriter(transactions, schema.name(), views, positions);
        this.listeners.add(new ProjectionMetrics(registry));
        this.listeners.add(traces);
    }

    /**
     * Has the views be asked for whenever partitions are taken over: the generation may be another one then. An answer that comes
     * after that to a later question is dropped: who asked later may have the next generation's partitions.
     *
     * @param declared its base views
     */
    public void reloadFrom(Supplier<Uni<List<BaseView>>> declared) {
        positions.whenTakenOver(() -> {
            long question = asked.incrementAndGet();
            return declared.get().invoke(views -> keep(views, question)).replaceWithVoid();
        });
    }

    private synchronized void keep(List<BaseView> views, long question) {
        if (question > answered) {
            answered = question;
            writer = new BatchWriter(transactions, schema.name(), views, positions);
        }
    }

    /** Has batches be told to a tracer, from now on. */
    public void traceTo(Tracer tracer) {
        traces.to(tracer);
    }

    /**
     * Has batches of a partition begin at least so far apart from now on, unless they are full, or come after a rest: a row waits
     * longer, and many rows cost PostgreSQL and this process much less.
     *
     * @param atLeast zero: as configured
     */
    public void spaceBatches(Duration atLeast) {
        spacing = atLeast;
    }

    /** How far apart batches have been told to be. */
    public Duration spacing() {
        return spacing;
    }

    /**
     * A Kafka Streams application that keeps the views, not started yet.
     *
     * @param settings of Kafka Streams
     */
    public KafkaStreams streams(Layout layout, Properties settings) {
        Shutdown shutdown = new Shutdown();
        KafkaStreams streams = new KafkaStreams(
                topology(layout),
                settings,
                new ResumingClients(positions, assignments, troubles, shutdown, config.retryMaxPause()));
        streams.setStateListener(shutdown);
        streams.setUncaughtExceptionHandler(new ThreadReplacement(troubles));
        return streams;
    }

    private Topology topology(Layout layout) {
        this.layout = layout;
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
        Batching batching = new Batching(() -> writer, troubles, config, toAll, () -> spacing);
        ByteArrayDeserializer bytes = new ByteArrayDeserializer();
        Topology topology = new Topology();
        for (List<String> topics : layout.groups()) {
            String events = "events-of-" + topics.get(0);
            topology.addSource(
                            // a start needs one; ResumingConsumer goes by none, lest a lost log is passed over
                            AutoOffsetReset.earliest(),
                            events,
                            // A negative time stamp is a producer's oddity, not a reason to stop.
                            (record, partitionTime) -> Math.max(0, record.timestamp()),
                            bytes,
                            bytes,
                            topics.toArray(String[]::new))
                    .addProcessor(
                            "views-of-" + topics.get(0),
                            () -> new BatchProcessor(topics, assignments, batching, traces),
                            events);
        }
        return topology;
    }

    /** What keeps the views from being written. */
    public WriteFailures troubles() {
        return troubles;
    }

    /** Has one more be told of the batches of this process. */
    public void addListener(BatchListener listener) {
        listeners.add(listener);
    }

    /** Watches how far the views are behind in what the latest topology reads. */
    public ProgressWatch watch(Admin admin) {
        ProgressWatch watch = new ProgressWatch(
                new StoredProgress(schema.transactions(ProgressWatch.PATIENCE.dividedBy(2)), schema.name()),
                new LogOffsets(admin),
                assignments,
                () -> layout,
                clock);
        watch.start(config.progressInterval(), registry);
        return watch;
    }
}
