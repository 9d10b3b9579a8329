package io.streamviews.projection;

import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import io.streamviews.kafka.LogOffsets;
import io.streamviews.postgres.Ticks;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
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
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

/**
 * Looks every so often how far the views are behind, so that health and metrics answer at once, and writes down where the
 * topics end, for those who ask in SQL. A look that fails leaves the last answer standing; its age tells. What it finds of
 * epochs and of a pause it passes on to this process's tasks.
 *
 * <p>A task that is paused, or has no room, fetches nothing, and so does not find out that Kafka has removed what it would
 * read next: here it is said at once.
 */
public final class ProgressWatch implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(ProgressWatch.class);
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final String POSITIONS =
            """
            SELECT topic, partition, next_offset, epoch, EXISTS (SELECT FROM %1$s.projection_pause) AS paused,
                   (SELECT count(*) FROM %1$s.projection_gap) AS gaps, topic_id,
                   greatest(next_offset, seen_offset) AS held_up_to
            FROM %1$s.projection_position
            """;

    /** An end that is unchanged is written again only after ten seconds, not by each instance at each look. */
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
    private final LogOffsets offsets;
    private final Clock clock;
    private final String positions;
    private final String storeEnds;
    private final Assignments assignments;
    private final List<String> topics;
    private final List<TopicPartition> partitions;
    private final Map<TopicPartition, OffsetDateTime> caughtUpAt = new HashMap<>();
    private final Cancellable looking;
    private volatile Map<TopicPartition, Long> overtaken = Map.of();
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
        this.offsets = new LogOffsets(admin);
        this.topics = topics;
        this.clock = clock;
        this.positions = POSITIONS.formatted(schema);
        this.storeEnds = STORE_ENDS.formatted(schema);
        this.assignments = assignments;
        this.partitions = topics.stream()
                .flatMap(topic -> IntStream.range(0, partitionsEach).mapToObj(i -> new TopicPartition(topic, i)))
                .toList();
        this.progress = Progress.unknown();
        new ProgressMetrics(this, assignments).register(partitions, registry);
        this.looking = Ticks.every(interval, this::look);
    }

    /** How far the views were behind at the last look. */
    public Progress progress() {
        return progress;
    }

    /**
     * Offsets that Kafka has removed before the views held them, and that nobody has recorded as a gap yet; only what this
     * process has in memory may still come.
     */
    public long overtaken() {
        return overtaken.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Why the last look failed; empty if it did not. */
    public Optional<String> lastError() {
        return Optional.ofNullable(lastError);
    }

    private Uni<Void> look() {
        Uni<Logs> logs = Uni.createFrom().deferred(() -> Uni.combine()
                .all()
                .unis(
                        offsets.topicIds(topics).invoke(assignments::seen),
                        offsets.beginningsNow(partitions),
                        offsets.endsNow(partitions))
                // one after the other: a second failure would be dropped, with a stack trace
                .usingConcurrencyOf(1)
                .with(Logs::new));
        // Positions first: read after the end offsets they could be ahead of them.
        return readPositions()
                .invoke(read -> assignments.seen(read.epochs(), read.paused()))
                .flatMap(read -> logs.ifNoItem()
                        .after(PATIENCE)
                        .failWith(ProgressWatch::kafkaSilent)
                        .invoke(found -> progress = next(read, found.ends()))
                        .invoke(found -> compare(read.held(), found))
                        .call(found -> storeEnds(found.ends())))
                .invoke(done -> lastError = null)
                .replaceWithVoid()
                .onFailure()
                .invoke(failure -> lastError = failure.getMessage() == null ? failure.toString() : failure.getMessage())
                .onFailure()
                .recoverWithNull();
    }

    private Progress next(Read read, Map<TopicPartition, Long> ends) {
        Progress next = progress.next(clock.instant(), read.paused(), read.gaps(), read.positions(), ends);
        next.partitions().forEach((partition, standing) -> {
            if (standing.lag() == 0) {
                caughtUpAt.put(partition, read.at());
            }
        });
        return next;
    }

    private void compare(Map<TopicPartition, Held> held, Logs logs) {
        Map<TopicPartition, Long> found = new HashMap<>();
        held.forEach((partition, own) -> {
            long removed = logs.beginnings().getOrDefault(partition, 0L) - own.upTo();
            if (removed > 0 && logs.topicIds().get(partition.topic()).equals(own.topicId())) {
                found.put(partition, removed);
                if (!overtaken.containsKey(partition)) {
                    LOG.warnf(
                            "%s: Kafka has removed events from offset %d to before %d, which are not in the views, and"
                                    + " nothing is read just now",
                            partition, own.upTo(), own.upTo() + removed);
                }
            }
        });
        overtaken = Map.copyOf(found);
    }

    private Uni<Void> storeEnds(Map<TopicPartition, Long> ends) {
        Tuple parameters = Tuple.of(
                partitions.stream().map(TopicPartition::topic).toArray(String[]::new),
                partitions.stream().map(TopicPartition::partition).toArray(Integer[]::new),
                partitions.stream().map(ends::get).toArray(Long[]::new),
                partitions.stream().map(caughtUpAt::get).toArray(OffsetDateTime[]::new));
        return transactions.run(connection ->
                connection.preparedQuery(storeEnds).execute(parameters).replaceWithVoid());
    }

    private Uni<Read> readPositions() {
        OffsetDateTime now = clock.instant().atOffset(ZoneOffset.UTC);
        return transactions
                .run(connection -> connection.query(positions).execute())
                .map(rows -> {
                    Map<TopicPartition, Long> found = new HashMap<>();
                    Map<TopicPartition, Long> epochs = new HashMap<>();
                    Map<TopicPartition, Held> held = new HashMap<>();
                    boolean paused = false;
                    long gaps = 0;
                    for (Row row : rows) {
                        TopicPartition partition = new TopicPartition(row.getString(0), row.getInteger(1));
                        found.put(partition, row.getLong(2));
                        epochs.put(partition, row.getLong(3));
                        paused = row.getBoolean(4);
                        gaps = row.getLong(5);
                        held.put(partition, new Held(row.getString(6), row.getLong(7)));
                    }
                    return new Read(now, paused, gaps, found, epochs, held);
                });
    }

    /** What PostgreSQL says. */
    private record Read(
            OffsetDateTime at,
            boolean paused,
            long gaps,
            Map<TopicPartition, Long> positions,
            Map<TopicPartition, Long> epochs,
            Map<TopicPartition, Held> held) {}

    /** What the views hold of a log: everything before an offset, or what there was of it. Of none yet: id null. */
    private record Held(String topicId, long upTo) {}

    /** What Kafka says. */
    private record Logs(
            Map<String, String> topicIds, Map<TopicPartition, Long> beginnings, Map<TopicPartition, Long> ends) {}

    private static TimeoutException kafkaSilent() {
        return new TimeoutException("Kafka has not told the end offsets for %d ms".formatted(PATIENCE.toMillis()));
    }

    @Override
    public void close() {
        looking.cancel();
    }
}
