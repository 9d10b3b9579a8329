package io.streamviews.ops;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.vertx.mutiny.sqlclient.Row;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.stream.StreamSupport;

/**
 * Where the live projection stands: the SQL view {@code projection_status}, and its sum.
 *
 * @param lagSeconds no event that is not yet in the views is older
 * @param suspended derived views that stand still, since they failed
 * @param gaps what Kafka has lost, as the table {@code projection_gap} says; the first thousand
 */
@RegisterForReflection
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ProjectionStatus(
        State state,
        Instant pausedAt,
        long lagEvents,
        double lagSeconds,
        List<Suspended> suspended,
        List<Partition> partitions,
        List<Gap> gaps) {

    /** What it is doing. */
    public enum State {
        /** The views hold all that was in the topics at the last look. */
        CURRENT,
        /** There are events to be read, or it is not known yet whether there are. */
        BEHIND,
        /** An operator has paused it, and a batch that began before is still being written. */
        PAUSING,
        /** An operator has paused it: nothing is written. */
        PAUSED
    }

    /**
     * A derived view that does not follow its base views, since it failed.
     *
     * @param error as PostgreSQL said it
     */
    @RegisterForReflection
    public record Suspended(String view, Instant since, String error) {

        static Suspended of(Row row) {
            return new Suspended(
                    row.getString("view"), instant(row.getOffsetDateTime("since")), row.getString("error"));
        }
    }

    /**
     * @param endOffset absent until an instance has looked
     * @param owner who has taken the partition over last
     */
    @RegisterForReflection
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Partition(
            String topic,
            int partition,
            long position,
            Long endOffset,
            Long lagEvents,
            Double lagSeconds,
            String owner,
            long epoch,
            Instant lastBatchAt,
            Instant endSeenAt) {

        /** What everybody may know who may read. */
        public Partition withoutOwner() {
            return new Partition(
                    topic, partition, position, endOffset, lagEvents, lagSeconds, null, epoch, lastBatchAt, endSeenAt);
        }

        static Partition of(Row row) {
            return new Partition(
                    row.getString("topic"),
                    row.getInteger("partition"),
                    row.getLong("position"),
                    row.getLong("end_offset"),
                    row.getLong("lag_events"),
                    row.getDouble("lag_seconds"),
                    row.getString("owner"),
                    row.getLong("epoch"),
                    instant(row.getOffsetDateTime("last_batch_at")),
                    instant(row.getOffsetDateTime("end_seen_at")));
        }
    }

    /**
     * Events that Kafka has lost.
     *
     * @param reason RETENTION, RECREATED or TRUNCATED
     * @param toOffset absent if nobody knows
     * @param lastEventAt time stamp of the last event read before
     */
    @RegisterForReflection
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Gap(
            String topic,
            int partition,
            String reason,
            long fromOffset,
            Long toOffset,
            Instant lastEventAt,
            Instant foundAt) {

        static Gap of(Row row) {
            return new Gap(
                    row.getString("topic"),
                    row.getInteger("partition"),
                    row.getString("reason"),
                    row.getLong("from_offset"),
                    row.getLong("to_offset"),
                    instant(row.getOffsetDateTime("last_event_at")),
                    instant(row.getOffsetDateTime("found_at")));
        }
    }

    /** @param rows of the view, each with the time of the pause, if there is one; at least one, if need be of no partition */
    static ProjectionStatus of(Iterable<Row> rows, Iterable<Row> suspended, Iterable<Row> gaps) {
        List<Row> all = StreamSupport.stream(rows.spliterator(), false).toList();
        List<Partition> partitions = all.stream()
                .filter(row -> row.getString("topic") != null)
                .map(Partition::of)
                .toList();
        Instant pausedAt = all.isEmpty() ? null : instant(all.get(0).getOffsetDateTime("paused_at"));
        long lag = partitions.stream()
                .mapToLong(partition -> partition.lagEvents() == null ? 0 : partition.lagEvents())
                .sum();
        double seconds = partitions.stream()
                .mapToDouble(partition -> partition.lagSeconds() == null ? 0 : partition.lagSeconds())
                .max()
                .orElse(0);
        boolean known =
                !partitions.isEmpty() && partitions.stream().allMatch(partition -> partition.lagEvents() != null);
        boolean pausing = !all.isEmpty() && all.get(0).getBoolean("pausing");
        State state = pausedAt == null
                ? known && lag == 0 ? State.CURRENT : State.BEHIND
                : pausing ? State.PAUSING : State.PAUSED;
        return new ProjectionStatus(
                state,
                pausedAt,
                lag,
                seconds,
                StreamSupport.stream(suspended.spliterator(), false)
                        .map(Suspended::of)
                        .toList(),
                partitions,
                StreamSupport.stream(gaps.spliterator(), false).map(Gap::of).toList());
    }

    private static Instant instant(OffsetDateTime time) {
        return time == null ? null : time.toInstant();
    }
}
