package io.streamviews.console;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.streamviews.ops.ProjectionStatus;
import java.util.List;
import java.util.Map;

/**
 * The pipeline at a moment. What is not there in this process, or not known, is left out.
 *
 * @param point what charts are made of
 * @param relay null where there is no event log
 * @param projection null where there are no views
 * @param letters dead letters by their state
 * @param feeds that are open here
 */
@RegisterForReflection
@JsonInclude(JsonInclude.Include.NON_NULL)
record Snapshot(
        Point point,
        Relay relay,
        ProjectionStatus projection,
        Map<String, Double> owned,
        Map<String, Double> letters,
        Double feeds,
        Boolean ready) {

    /**
     * A moment, for charts. Rates are per second since the moment before; times are milliseconds.
     *
     * @param at milliseconds since 1970
     * @param commands events written to the log, by all processes
     * @param published events that the relay has published, or Debezium
     * @param applied offsets that the views have moved on by, in all processes
     * @param batches transactions of this process, {@code batchSize} events in each on average, which took {@code flush}
     * @param p50 half of this process's events took no longer from their time stamp to the row; null if there were none
     */
    @RegisterForReflection
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Point(
            long at,
            Double commands,
            Double published,
            Double applied,
            Double backlog,
            Double lag,
            Double batches,
            Double batchSize,
            Double flush,
            Double p50,
            Double p99) {}

    /**
     * @param head the last event's id, {@code cursor} that of the last one published
     * @param active whether this process publishes; null where relays are off
     * @param waiting seconds for which events have waited and none was published
     */
    @RegisterForReflection
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Relay(long head, long cursor, Boolean active, Double backlog, Double waiting) {}

    /** Without what operators alone may see: which process has what, and what exactly is lost. */
    Snapshot forReaders() {
        if (projection == null) {
            return this;
        }
        ProjectionStatus less = new ProjectionStatus(
                projection.state(),
                projection.pausedAt(),
                projection.lagEvents(),
                projection.lagSeconds(),
                List.of(),
                projection.partitions().stream()
                        .map(ProjectionStatus.Partition::withoutOwner)
                        .toList(),
                List.of());
        return new Snapshot(point, relay, less, owned, letters, feeds, ready);
    }
}
