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
import java.util.Optional;
import java.util.concurrent.TimeoutException;
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
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final String POSITIONS =
            "SELECT topic, partition, next_offset FROM %1$s.projection_position ORDER BY topic, partition";

    private final ViewTransactions transactions;
    private final Admin admin;
    private final Clock clock;
    private final String positions;
    private final List<TopicPartition> partitions;
    private final Cancellable looking;
    private volatile Progress progress;
    private volatile String lastError;

    ProgressWatch(
            Pool pool,
            Admin admin,
            Clock clock,
            String schema,
            List<String> topics,
            int partitionsEach,
            Duration interval,
            MeterRegistry registry) {
        this.transactions = new ViewTransactions(pool, PATIENCE.dividedBy(2));
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

    /** Why the last look failed; empty if it did not. */
    public Optional<String> lastError() {
        return Optional.ofNullable(lastError);
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
                .flatMap(read -> ends.ifNoItem()
                        .after(PATIENCE)
                        .failWith(ProgressWatch::kafkaSilent)
                        .invoke(end -> {
                            Map<TopicPartition, Long> lag = new HashMap<>();
                            end.forEach((partition, info) ->
                                    lag.put(partition, Math.max(0, info.offset() - read.getOrDefault(partition, 0L))));
                            progress = progress.next(clock.instant(), read, lag);
                            lastError = null;
                        }))
                .replaceWithVoid()
                .onFailure()
                .invoke(failure -> lastError = failure.getMessage() == null ? failure.toString() : failure.getMessage())
                .onFailure()
                .recoverWithNull();
    }

    private Uni<Map<TopicPartition, Long>> readPositions() {
        return transactions
                .run(connection ->
                        transactions.answered(connection.query(positions).execute()))
                .map(rows -> {
                    Map<TopicPartition, Long> read = new HashMap<>();
                    rows.forEach(
                            row -> read.put(new TopicPartition(row.getString(0), row.getInteger(1)), row.getLong(2)));
                    return read;
                });
    }

    private static TimeoutException kafkaSilent() {
        return new TimeoutException("Kafka has not told the end offsets for %d ms".formatted(PATIENCE.toMillis()));
    }

    @Override
    public void close() {
        looking.cancel();
    }
}
