package io.streamviews.projection;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import java.time.Clock;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
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
 * Looks every so often how far the views are behind, so that health and metrics answer at once, and writes down where the
 * topics end, for those who ask in SQL. A look that fails leaves the last answer standing; its age tells. What it finds of
 * epochs and of a pause it passes on to this process's tasks.
 */
public final class ProgressWatch implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(ProgressWatch.class);
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final String POSITIONS =
            """
            SELECT topic, partition, next_offset, epoch, EXISTS (SELECT FROM %1$s.projection_pause) AS paused
            FROM %1$s.projection_position
            """;

    /** Not each time by each instance if nothing has changed. */
    private static final String STORE_ENDS =
            """
            INSERT INTO %1$s.projection_end AS e (topic, partition, end_offset, caught_up_at, seen_at)
            SELECT n.topic, n.partition, n.end_offset, n.caught_up_at, now()
            FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::timestamptz[])
                AS n(topic, partition, end_offset, caught_up_at)
            ORDER BY n.topic, n.partition
            ON CONFLICT (topic, partition) DO UPDATE
            SET end_offset = excluded.end_offset, seen_at = excluded.seen_at,
                caught_up_at = greatest(e.caught_up_at, excluded.caught_up_at)
            WHERE e.end_offset <> excluded.end_offset OR e.seen_at < now() - interval '10 seconds'
            """;

    private final ViewTransactions transactions;
    private final Admin admin;
    private final Clock clock;
    private final String positions;
    private final String storeEnds;
    private final Assignments assignments;
    private final List<TopicPartition> partitions;
    private final Map<TopicPartition, OffsetDateTime> caughtUpAt = new HashMap<>();
    private final Cancellable looking;
    private volatile Progress progress;
    private volatile String lastError;

    ProgressWatch(
            Pool pool,
            Admin admin,
            Clock clock,
            String schema,
            Assignments assignments,
            List<String> topics,
            int partitionsEach,
            Duration interval,
            MeterRegistry registry) {
        this.transactions = new ViewTransactions(pool, PATIENCE.dividedBy(2));
        this.admin = admin;
        this.clock = clock;
        this.positions = POSITIONS.formatted(schema);
        this.storeEnds = STORE_ENDS.formatted(schema);
        this.assignments = assignments;
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
                .invoke(read -> assignments.seen(read.epochs(), read.paused()))
                .flatMap(read -> ends.ifNoItem()
                        .after(PATIENCE)
                        .failWith(ProgressWatch::kafkaSilent)
                        .invoke(end -> progress = next(read, end))
                        .call(this::storeEnds))
                .invoke(done -> lastError = null)
                .replaceWithVoid()
                .onFailure()
                .invoke(failure -> lastError = failure.getMessage() == null ? failure.toString() : failure.getMessage())
                .onFailure()
                .recoverWithNull();
    }

    private Progress next(Read read, Map<TopicPartition, ListOffsetsResultInfo> ends) {
        Map<TopicPartition, Long> lag = new HashMap<>();
        ends.forEach((partition, info) -> {
            long behind = Math.max(0, info.offset() - read.positions().getOrDefault(partition, 0L));
            lag.put(partition, behind);
            if (behind == 0) {
                caughtUpAt.put(partition, read.at());
            }
        });
        return progress.next(clock.instant(), read.paused(), read.positions(), lag);
    }

    private Uni<Void> storeEnds(Map<TopicPartition, ListOffsetsResultInfo> ends) {
        Tuple parameters = Tuple.of(
                partitions.stream().map(TopicPartition::topic).toArray(String[]::new),
                partitions.stream().map(TopicPartition::partition).toArray(Integer[]::new),
                partitions.stream()
                        .map(partition -> ends.get(partition).offset())
                        .toArray(Long[]::new),
                partitions.stream().map(caughtUpAt::get).toArray(OffsetDateTime[]::new));
        return transactions.run(connection -> transactions.answered(
                connection.preparedQuery(storeEnds).execute(parameters).replaceWithVoid()));
    }

    private Uni<Read> readPositions() {
        OffsetDateTime now = clock.instant().atOffset(ZoneOffset.UTC);
        return transactions
                .run(connection ->
                        transactions.answered(connection.query(positions).execute()))
                .map(rows -> {
                    Read read = new Read(now, new HashMap<>(), new HashMap<>());
                    rows.forEach(row -> {
                        TopicPartition partition = new TopicPartition(row.getString(0), row.getInteger(1));
                        read.positions().put(partition, row.getLong(2));
                        read.epochs().put(partition, row.getLong(3));
                    });
                    return rows.size() > 0 && rows.iterator().next().getBoolean(4) ? read.whilePaused() : read;
                });
    }

    /** What PostgreSQL says. */
    private record Read(
            OffsetDateTime at, boolean paused, Map<TopicPartition, Long> positions, Map<TopicPartition, Long> epochs) {

        Read(OffsetDateTime at, Map<TopicPartition, Long> positions, Map<TopicPartition, Long> epochs) {
            this(at, false, positions, epochs);
        }

        Read whilePaused() {
            return new Read(at, true, positions, epochs);
        }
    }

    private static TimeoutException kafkaSilent() {
        return new TimeoutException("Kafka has not told the end offsets for %d ms".formatted(PATIENCE.toMillis()));
    }

    @Override
    public void close() {
        looking.cancel();
    }
}
