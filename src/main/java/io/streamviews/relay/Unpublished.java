package io.streamviews.relay;

import io.smallrye.mutiny.Uni;
import io.streamviews.eventlog.Event;
import io.streamviews.eventlog.EventLog;
import io.vertx.mutiny.pgclient.PgConnection;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;

/**
 * The events of the log that come next, in the order of their ids. An event is settled if no other can appear before it any
 * more: because no id is missing up to it, or because it is not above the horizon of those who are writing, which the
 * database knows (see the migration {@code V6}) and which never goes back. To ask for it costs more than to read, so it is
 * asked for at a gap only; and before the rows are read: who has ended by then is seen by what is read later, not by what
 * was read before.
 *
 * <p>PostgreSQL unpacks every event that it is asked for, also those that then have no room in the batch. So it is asked for few at
 * first, for twice as many when there was room for more, and for twice those that had room when there was none: two thousand of the
 * largest events take seconds, and from a slow disk longer than an answer may.
 */
final class Unpublished {

    private static final String HORIZON = "SELECT public.event_log_horizon()";

    private static final String NEXT =
            """
            SELECT *
              FROM (SELECT *, sum(octet_length(payload)) OVER (ORDER BY id) AS bytes
                      FROM (SELECT id, aggregate_type, aggregate_id, version, event_type, message_key,
                                   payload::text AS payload, occurred_at, traceparent
                              FROM public.event_log
                             WHERE id > $1
                             ORDER BY id
                             LIMIT $2) AS rows) AS batch
             WHERE bytes - octet_length(payload) < $3
             ORDER BY id
            """;

    private static final int FIRST = 50;

    private final PgConnection connection;
    private final int batchSize;
    private final int batchBytes;
    private int asked;
    private long horizon;
    private boolean atGap;

    Unpublished(PgConnection connection, RelayConfig config) {
        this.connection = connection;
        this.batchSize = config.batchSize();
        this.batchBytes = config.batchBytes();
        this.asked = Math.min(FIRST, batchSize);
    }

    /**
     * Events to publish, oldest first.
     *
     * @param more whether there are more to read at once
     * @param unsettled whether there are events that those who are writing still hold back
     * @param end the last one's id
     */
    record Batch(List<Event> events, boolean more, boolean unsettled, long end) {}

    Uni<Batch> after(long position) {
        if (atGap) {
            return lookAhead().chain(() -> read(position));
        }
        return read(position)
                .chain(batch -> batch.events().isEmpty() && batch.unsettled()
                        ? lookAhead().chain(() -> read(position))
                        : Uni.createFrom().item(batch));
    }

    private Uni<Void> lookAhead() {
        return RelayCursor.within(connection.query(HORIZON).execute())
                .invoke(rows -> horizon = rows.iterator().next().getLong(0))
                .replaceWithVoid();
    }

    private Uni<Batch> read(long position) {
        return RelayCursor.within(connection.preparedQuery(NEXT).execute(Tuple.of(position, asked, batchBytes)))
                .map(rows -> batch(rows, position))
                .invoke(batch -> atGap = batch.unsettled());
    }

    private Batch batch(RowSet<Row> rows, long position) {
        List<Event> events = new ArrayList<>(rows.size());
        long end = position;
        long bytes = 0;
        for (Row row : rows) {
            long id = row.getLong("id");
            if (id > horizon && id > end + 1) {
                return new Batch(events, false, true, end);
            }
            events.add(event(row));
            end = id;
            bytes = row.getLong("bytes");
        }
        boolean full = bytes >= batchBytes;
        boolean more = full || events.size() == asked;
        if (more) {
            asked = Math.min(2 * (full ? events.size() : asked), batchSize);
        }
        return new Batch(events, more, false, end);
    }

    private static Event event(Row row) {
        Event event = EventLog.event(row);
        String traceparent = row.getString("traceparent");
        return traceparent == null ? event : event.tracedBy(traceparent);
    }
}
