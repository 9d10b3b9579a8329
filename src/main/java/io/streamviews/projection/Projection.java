package io.streamviews.projection;

import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.mutiny.sqlclient.Pool;
import java.util.List;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.streams.KafkaClientSupplier;
import org.apache.kafka.streams.Topology;

/**
 * Keeps the views of one generation (a schema) from their topics. It knows no view by name; it has no state store, since
 * PostgreSQL is the state.
 *
 * <p>All topics feed one processor, so one task has the same partition of each and writes them in the same transaction.
 */
public final class Projection {

    private final List<BaseView<?>> views;
    private final ProjectionConfig config;
    private final Positions positions;
    private final BatchWriter writer;
    private final ProjectionMetrics metrics;

    /**
     * @param schema the generation's schema, migrated already
     * @param owner names this process in the positions, for people
     */
    public Projection(
            String schema,
            List<BaseView<?>> views,
            Pool pool,
            String owner,
            ProjectionConfig config,
            MeterRegistry registry) {
        this.views = List.copyOf(views);
        this.config = config;
        this.positions = new Positions(pool, schema, owner);
        this.writer = new BatchWriter(pool, schema, views, positions);
        this.metrics = new ProjectionMetrics(registry);
    }

    /** The Kafka Streams topology; it works only with the {@link #clients()} of the same projection. */
    public Topology topology() {
        ByteArrayDeserializer bytes = new ByteArrayDeserializer();
        return new Topology()
                .addSource(
                        null,
                        "events",
                        // A negative time stamp is a producer's oddity, not a reason to stop.
                        (record, partitionTime) -> Math.max(0, record.timestamp()),
                        bytes,
                        bytes,
                        views.stream().map(BaseView::topic).distinct().toArray(String[]::new))
                .addProcessor(
                        "views", () -> new BatchProcessor(writer, positions, views, config, metrics), "events");
    }

    /** The clients that resume from the positions. */
    public KafkaClientSupplier clients() {
        return new ResumingClients(positions, config.stallTimeout());
    }
}
