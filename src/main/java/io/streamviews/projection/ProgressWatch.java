package io.streamviews.projection;

import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import io.streamviews.kafka.LogOffsets;
import io.streamviews.postgres.Reason;
import io.streamviews.postgres.Ticks;
import java.time.Clock;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

/**
 * Looks every so often how far the views are behind, so that health and metrics answer at once, and writes down where the
 * topics end, for those who ask in SQL. A look that fails leaves the last answer standing; its age tells. What it finds of
 * epochs, of positions and of a pause it passes on to this process's tasks.
 *
 * <p>A task that is paused, or has no room, fetches nothing, and so does not find out that Kafka has removed what it would
 * read next: here it is said at once.
 */
public final class ProgressWatch implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(ProgressWatch.class);
    static final Duration PATIENCE = Duration.ofSeconds(5);

    /** Longer than a producer's usual {@code transaction.timeout.ms}. */
    private static final Duration USUAL_TRANSACTION = Duration.ofMinutes(2);

    private final StoredProgress stored;
    private final LogOffsets offsets;
    private final Assignments assignments;
    private final Supplier<Layout> layout;
    private final Clock clock;
    private final OpenTransactions transactions = new OpenTransactions(USUAL_TRANSACTION);
    private final Map<TopicPartition, OffsetDateTime> caughtUpAt = new HashMap<>();
    private Cancellable looking;
    private ProgressMetrics metrics;
    private volatile Map<TopicPartition, Long> overtaken = Map.of();
    private volatile Progress progress = Progress.unknown();
    private volatile String lastError;

    /** @param layout what is read just now */
    ProgressWatch(
            StoredProgress stored, LogOffsets offsets, Assignments assignments, Supplier<Layout> layout, Clock clock) {
        this.stored = stored;
        this.offsets = offsets;
        this.assignments = assignments;
        this.layout = layout;
        this.clock = clock;
    }

    void start(Duration interval, MeterRegistry registry) {
        metrics = new ProgressMetrics(this, assignments, registry);
        looking = Ticks.every(interval, this::look);
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

    /** Offsets that cannot be read because a Kafka transaction does not end. */
    public long heldBack() {
        return transactions.heldBack();
    }

    /** Why the last look failed; empty if it did not. */
    public Optional<String> lastError() {
        return Optional.ofNullable(lastError);
    }

    private Uni<Void> look() {
        Layout now = layout.get();
        List<TopicPartition> partitions = now.all();
        metrics.register(partitions);
        Set<String> topics = partitions.stream().map(TopicPartition::topic).collect(Collectors.toSet());
        Map<Assignment, Long> written = assignments.written();
        OffsetDateTime at = clock.instant().atOffset(ZoneOffset.UTC);
        Uni<Logs> logs = Uni.createFrom().deferred(() -> Uni.combine()
                .all()
                .unis(
                        offsets.topicIds(topics).invoke(assignments::seen),
                        offsets.beginningsNow(partitions),
                        offsets.endsNow(partitions),
                        offsets.veryEndsNow(partitions))
                // one after the other: a second failure would be dropped, with a stack trace
                .usingConcurrencyOf(1)
                .with(Logs::new));
        // Positions first: read after the end offsets they could be ahead of them.
        return stored.read()
                .invoke(found -> assignments.seen(found, written))
                .flatMap(found -> logs.ifNoItem()
                        .after(PATIENCE)
                        .failWith(ProgressWatch::kafkaSilent)
                        .invoke(ofKafka -> progress = next(found, ofKafka.ends(), now, at))
                        .invoke(ofKafka -> compare(found.held(), ofKafka))
                        .invoke(ofKafka -> transactions.look(ofKafka.ends(), ofKafka.veryEnds()))
                        .call(ofKafka -> stored.storeEnds(ofKafka.ends(), caughtUpAt)))
                .invoke(done -> lastError = null)
                .replaceWithVoid()
                .onFailure()
                .invoke(failure -> lastError = Reason.of(failure))
                .onFailure()
                .recoverWithNull();
    }

    private Progress next(StoredProgress.Read found, Map<TopicPartition, Long> ends, Layout now, OffsetDateTime at) {
        Progress next = progress.next(clock.instant(), found, ends, now::taskOf);
        next.partitions().forEach((partition, standing) -> {
            if (standing.lag() == 0) {
                caughtUpAt.put(partition, at);
            }
        });
        return next;
    }

    private void compare(Map<TopicPartition, StoredProgress.Held> held, Logs logs) {
        Map<TopicPartition, Long> found = new HashMap<>();
        held.forEach((partition, own) -> {
            long removed = logs.beginnings().getOrDefault(partition, 0L) - own.upTo();
            if (removed > 0
                    && own.topicId() != null
                    && own.topicId().equals(logs.topicIds().get(partition.topic()))) {
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

    /** What Kafka says. */
    private record Logs(
            Map<String, String> topicIds,
            Map<TopicPartition, Long> beginnings,
            Map<TopicPartition, Long> ends,
            Map<TopicPartition, Long> veryEnds) {}

    private static TimeoutException kafkaSilent() {
        return new TimeoutException("Kafka has not told the end offsets for %d ms".formatted(PATIENCE.toMillis()));
    }

    @Override
    public void close() {
        looking.cancel();
    }
}
