package io.streamviews.projection;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import io.vertx.mutiny.sqlclient.Pool;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

/**
 * Looks every so often how far the views are behind, so that health and metrics answer at once. A look that fails leaves
 * the last answer standing; its age tells.
 */
public final class ProgressWatch implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(ProgressWatch.class);
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private static final String POSITIONS =
            "SELECT topic, partition, next_offset FROM %1$s.projection_position ORDER BY topic, partition";

    private final Pool pool;
    private final Admin admin;
    private final Clock clock;
    private final String positions;
    private final List<TopicPartition> partitions;
    private final Cancellable looking;
    private volatile Progress progress;

    ProgressWatch(
            Pool pool,
            Admin admin,
            Clock clock,
            String schema,
            List<String> topics,
            int partitionsEach,
            Duration interval,
            MeterRegistry registry) {
        this.pool = pool;
        this.admin = admin;
        this.clock = clock;
        this.positions = POSITIONS.formatted(schema);
        this.partitions = topics.stream()
                .flatMap(topic -> IntStream.range(0, partitionsEach).mapToObj(i -> new TopicPartition(topic, i)))
                .toList();
        this.progress = Progress.unknown(clock.instant());
        topics.forEach(topic -> Gauge.builder("streamviews.projection.lag", this, watch -> watch.lag(topic))
                .description("Events in the topic that are not yet in the views")
                .tag("topic", topic)
                .baseUnit("events")
                .register(registry));
        this.looking = Multi.createFrom()
                .ticks()
                .every(interval)
                .onOverflow()
                .drop()
                .onItem()
                .transformToUniAndConcatenate(tick -> look())
                .subscribe()
                .with(done -> {}, failure -> LOG.error("The lag is no longer watched", failure));
    }

    /** How far the views were behind at the last look. */
    public Progress progress() {
        return progress;
    }

    private long lag(String topic) {
        return progress.lag().entrySet().stream()
                .filter(entry -> entry.getKey().topic().equals(topic))
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    private Uni<Void> look() {
        Uni<Map<TopicPartition, ListOffsetsResultInfo>> ends = Uni.createFrom()
                .completionStage(() -> admin.listOffsets(partitions.stream()
                                .collect(Collectors.toMap(partition -> partition, partition -> OffsetSpec.latest())))
                        .all()
                        .toCompletionStage());
        // Positions first: read after the end offsets they could be ahead of them.
        return readPositions()
                .flatMap(read -> ends.invoke(end -> {
                    Map<TopicPartition, Long> lag = new HashMap<>();
                    end.forEach((partition, info) ->
                            lag.put(partition, Math.max(0, info.offset() - read.getOrDefault(partition, 0L))));
                    progress = progress.next(clock.instant(), read, lag);
                }))
                .ifNoItem()
                .after(TIMEOUT)
                .fail()
                .replaceWithVoid()
                .onFailure()
                .invoke(failure -> LOG.debugf("Cannot tell the lag: %s", failure.getMessage()))
                .onFailure()
                .recoverWithNull();
    }

    private Uni<Map<TopicPartition, Long>> readPositions() {
        return pool.query(positions).execute().map(rows -> {
            Map<TopicPartition, Long> read = new HashMap<>();
            rows.forEach(row -> read.put(new TopicPartition(row.getString(0), row.getInteger(1)), row.getLong(2)));
            return read;
        });
    }

    @Override
    public void close() {
        looking.cancel();
    }
}
