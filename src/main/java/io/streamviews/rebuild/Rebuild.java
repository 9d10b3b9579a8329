package io.streamviews.rebuild;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonRawValue;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.vertx.mutiny.sqlclient.Row;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;

/**
 * A rebuild as it was last heard of.
 *
 * @param eventsDone offsets read, and {@code eventsTotal} those there are, from the topics' beginnings
 * @param eventsPerSecond of the last filling, that is without indexing
 * @param remainingSeconds of the filling, at that rate; absent when it is not filling
 * @param attempt how many processes have worked on it, one after the other
 * @param runner the last of them
 * @param hold whether it waits for approval before the exchange
 * @param dropRemoved base views of which it does without what the topics do not hold any more; {@code *} for all
 * @param approvedAt when somebody has said yes
 * @param error why it ended without success; while it goes on, why the attempt before broke off
 * @param changes what the new generation changes for readers, as JSON: a list with an object for each view; absent while that
 *     is not known, where the view files are those that are live, and in lists of rebuilds
 */
@RegisterForReflection
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Rebuild(
        long id,
        RebuildState state,
        Instant startedAt,
        Instant finishedAt,
        long eventsDone,
        long eventsTotal,
        Long eventsPerSecond,
        Long remainingSeconds,
        int attempt,
        String runner,
        boolean cancelRequested,
        boolean hold,
        List<String> dropRemoved,
        Instant approvedAt,
        String error,
        @JsonRawValue String changes) {

    static final String COLUMNS = "id, state, started_at, finished_at, events_done, events_total, events_per_second,"
            + " attempt, runner, cancel_requested, hold, drop_removed, approved_at, error";

    static Rebuild of(Row row) {
        RebuildState state = RebuildState.valueOf(row.getString("state"));
        long done = row.getLong("events_done");
        long total = row.getLong("events_total");
        Long rate = row.getLong("events_per_second");
        return new Rebuild(
                row.getLong("id"),
                state,
                instant(row.getOffsetDateTime("started_at")),
                instant(row.getOffsetDateTime("finished_at")),
                done,
                total,
                rate,
                state == RebuildState.FILLING && rate != null && rate > 0 ? (total - done) / rate : null,
                row.getInteger("attempt"),
                row.getString("runner"),
                row.getBoolean("cancel_requested"),
                row.getBoolean("hold"),
                List.of(row.getArrayOfStrings("drop_removed")),
                instant(row.getOffsetDateTime("approved_at")),
                row.getString("error"),
                row.getColumnIndex("changes") < 0 ? null : row.getString("changes"));
    }

    /** Whether it waits for people, or did: that may outlive any number of processes. */
    boolean mayBeGoneOnWithForEver() {
        return hold && (state == RebuildState.HELD || changes != null);
    }

    private static Instant instant(OffsetDateTime time) {
        return time == null ? null : time.toInstant();
    }
}
