package io.streamviews.event;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.pgclient.PgConnection;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.Tuple;
import java.time.Duration;
import java.util.List;
import java.util.stream.StreamSupport;

/**
 * How far the event log is published, on the connection that holds the relay's lock: a relay that has lost its
 * connection has lost its lock, and cannot move the cursor any more.
 */
final class RelayCursor {

    private static final String PREPARE =
            """
            SET application_name = 'streamviews relay';
            SET tcp_keepalives_idle = 5;
            SET tcp_keepalives_interval = 2;
            SET tcp_keepalives_count = 3;
            """;

    private static final String TRY_LOCK = "SELECT pg_try_advisory_lock(7239378213489)";

    private static final String LISTEN = "LISTEN " + Wakeup.CHANNEL;

    private static final String CLAIM =
            """
            WITH former AS (SELECT * FROM public.relay_cursor WHERE name = 'relay'),
                 claim AS (UPDATE public.relay_cursor SET holder = $1 WHERE name = 'relay')
            SELECT transaction_id::text AS transaction_id, event_id,
                   transaction_id >= pg_snapshot_xmax(pg_current_snapshot()) AS is_from_elsewhere,
                   holder <> $1 AS was_interrupted
              FROM former
            """;

    private static final String RELEASE = "UPDATE public.relay_cursor SET holder = NULL WHERE name = 'relay'";

    /**
     * The next events after the cursor. An event is settled if every transaction that began before its own has ended:
     * then no event can appear before it any more. A number alone says nothing of that, it is taken before the commit.
     * Settled events come first, by their order.
     */
    private static final String NEXT =
            """
            SELECT *
              FROM (SELECT *, sum(octet_length(payload)) OVER (ORDER BY transaction_id, id) AS bytes
                      FROM (SELECT id, transaction_id, transaction_id::text AS transaction, aggregate_type, aggregate_id,
                                   version, event_type, message_key, payload::text AS payload, occurred_at,
                                   transaction_id < pg_snapshot_xmin(pg_current_snapshot()) AS settled
                              FROM public.event_log
                             WHERE (transaction_id, id) > ($1::text::xid8, $2)
                             ORDER BY transaction_id, id
                             LIMIT $3) AS rows) AS batch
             WHERE bytes - octet_length(payload) < $4
             ORDER BY batch.transaction_id, id
            """;

    private static final String MOVE =
            """
            UPDATE public.relay_cursor SET transaction_id = $1::text::xid8, event_id = $2 WHERE name = 'relay'
            """;

    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final PgConnection connection;
    private final int batchSize;
    private final int batchBytes;
    private Position position;

    RelayCursor(PgConnection connection, RelayConfig config) {
        this.connection = connection;
        this.batchSize = config.batchSize();
        this.batchBytes = config.batchBytes();
    }

    /** @param transaction an {@code xid8} as text */
    record Position(String transaction, long event) {}

    /**
     * Events to publish, oldest first.
     *
     * @param more whether there are more to read at once
     * @param unsettled whether there are events that other transactions still hold back
     */
    record Batch(List<Event> events, boolean more, boolean unsettled, Position end) {}

    /** Gives the lock, or {@code false} if another relay has it. */
    Uni<Boolean> tryLock() {
        return within(connection.query(TRY_LOCK).execute())
                .map(rows -> rows.iterator().next().getBoolean(0));
    }

    /** Lets a server that does not hear of this process any more give the lock to another one within seconds. */
    Uni<Void> prepare() {
        return within(connection.query(PREPARE).execute()).replaceWithVoid();
    }

    /**
     * Listens, then reads where to go on: what is committed after that is either read or heard of.
     *
     * @return whether another relay published before and did not end in order
     */
    Uni<Boolean> claim(String relay) {
        return within(connection.query(LISTEN).execute())
                .chain(() -> within(connection.preparedQuery(CLAIM).execute(Tuple.of(relay))))
                .map(rows -> rows.iterator().next())
                .invoke(row -> {
                    if (row.getBoolean("is_from_elsewhere")) {
                        throw new ForeignCursorException(row.getString("transaction_id"));
                    }
                    position = new Position(row.getString("transaction_id"), row.getLong("event_id"));
                })
                .map(row -> Boolean.TRUE.equals(row.getBoolean("was_interrupted")));
    }

    /** To be called when nothing is on its way any more. */
    Uni<Void> release() {
        return within(connection.query(RELEASE).execute()).replaceWithVoid();
    }

    Position position() {
        return position;
    }

    /** Goes back; what is after the position is read again. */
    void rewind(Position earlier) {
        position = earlier;
    }

    Uni<Batch> next() {
        return within(connection
                        .preparedQuery(NEXT)
                        .execute(Tuple.of(position.transaction(), position.event(), batchSize, batchBytes)))
                .map(this::batch);
    }

    Uni<Void> move(Batch published) {
        Position end = published.end();
        return within(connection.preparedQuery(MOVE).execute(Tuple.of(end.transaction(), end.event())))
                .invoke(() -> position = end)
                .replaceWithVoid();
    }

    private Batch batch(RowSet<Row> rows) {
        List<Row> settled = StreamSupport.stream(rows.spliterator(), false)
                .filter(row -> row.getBoolean("settled"))
                .toList();
        Row last = settled.isEmpty() ? null : settled.get(settled.size() - 1);
        boolean unsettled = settled.size() < rows.size();
        return new Batch(
                settled.stream().map(EventLog::event).toList(),
                !unsettled && last != null && isFull(settled.size(), last),
                unsettled,
                last == null ? position : new Position(last.getString("transaction"), last.getLong("id")));
    }

    private boolean isFull(int size, Row last) {
        return size == batchSize || last.getLong("bytes") >= batchBytes;
    }

    private static <T> Uni<T> within(Uni<T> call) {
        return call.ifNoItem().after(TIMEOUT).fail();
    }
}
