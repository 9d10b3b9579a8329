package io.streamviews.projection;

import io.streamviews.projection.Suspensions.Suspension;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;

/**
 * How far the views are behind the topics: positions in PostgreSQL against end offsets in Kafka.
 *
 * @param readAt when both were read
 * @param paused whether an operator has paused the projection
 * @param gaps how often Kafka has lost events, as far as nobody has dealt with it
 * @param suspended derived views that stand still, since they failed
 * @param partitions what is known of each
 */
public record Progress(
        Instant readAt,
        boolean paused,
        long gaps,
        List<Suspension> suspended,
        Map<TopicPartition, Standing> partitions) {

    /**
     * @param position the next offset that the partition's task will read
     * @param lag events that are in the topic and not yet in the views
     * @param advancedAt when the task was last seen to move any of its partitions, or was idle or paused
     */
    public record Standing(long position, long lag, Instant advancedAt) {}

    /** Events that are in the topics and not yet in the views. */
    public long totalLag() {
        return partitions.values().stream().mapToLong(Standing::lag).sum();
    }

    /** Events of one topic that are not yet in the views. */
    long lagOf(String topic) {
        return partitions.entrySet().stream()
                .filter(entry -> entry.getKey().topic().equals(topic))
                .mapToLong(entry -> entry.getValue().lag())
                .sum();
    }

    /** Events of one partition that are not yet in the views; NaN as long as nothing has been read. */
    double lagOf(TopicPartition partition) {
        Standing standing = partitions.get(partition);
        return standing == null ? Double.NaN : standing.lag();
    }

    /** When the task that has not moved for longest has moved. */
    public Instant advancedAt() {
        return partitions.values().stream()
                .map(Standing::advancedAt)
                .min(Instant::compareTo)
                .orElse(readAt);
    }

    /**
     * The progress that follows this one.
     *
     * @param found in PostgreSQL; a partition that has no position has not been read yet
     * @param ends in Kafka
     * @param taskOf names the task of a partition, which moves all of its partitions on
     */
    Progress next(
            Instant now,
            StoredProgress.Read found,
            Map<TopicPartition, Long> ends,
            Function<TopicPartition, String> taskOf) {
        Function<TopicPartition, Long> position = partition -> found.positions().getOrDefault(partition, 0L);
        Function<TopicPartition, Long> lag = partition -> Math.max(0, ends.get(partition) - position.apply(partition));
        Map<String, Instant> advanced = new TreeMap<>();
        ends.keySet().forEach(partition -> {
            Standing before = partitions.get(partition);
            boolean still = before != null && before.position() == position.apply(partition) && !found.paused();
            // later than now if the clock was set back since
            boolean isKnown = still && !before.advancedAt().isAfter(now);
            advanced.merge(taskOf.apply(partition), isKnown ? before.advancedAt() : now, Progress::later);
        });
        Map<String, Long> backlog =
                ends.keySet().stream().collect(Collectors.groupingBy(taskOf, Collectors.summingLong(lag::apply)));
        return new Progress(
                now,
                found.paused(),
                found.gaps(),
                found.suspended(),
                ends.keySet().stream()
                        .collect(Collectors.toMap(
                                Function.identity(),
                                partition -> new Standing(
                                        position.apply(partition),
                                        lag.apply(partition),
                                        backlog.get(taskOf.apply(partition)) == 0
                                                ? now
                                                : Objects.requireNonNull(advanced.get(taskOf.apply(partition)))))));
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    static Progress unknown() {
        return new Progress(Instant.EPOCH, false, 0, List.of(), Map.of());
    }
}
