package io.streamviews.event;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.pgclient.PgConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import java.time.Duration;

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
            SELECT event_id, holder <> $1 AS was_interrupted,
                   greatest(event_id, (SELECT max(id) FROM public.event_log)) AS last,
                   coalesce(pg_sequence_last_value('public.event_log_id_seq'), 0) AS drawn
              FROM former
            """;

    private static final String RELEASE = "UPDATE public.relay_cursor SET holder = NULL WHERE name = 'relay'";

    private static final String MOVE = "UPDATE public.relay_cursor SET event_id = $1 WHERE name = 'relay'";

    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final PgConnection connection;
    private long position;

    RelayCursor(PgConnection connection) {
        this.connection = connection;
    }

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
                    if (row.getLong("last") > row.getLong("drawn")) {
                        throw new ForeignEventsException(row.getLong("last"), row.getLong("drawn"));
                    }
                    position = row.getLong("event_id");
                })
                .map(row -> Boolean.TRUE.equals(row.getBoolean("was_interrupted")));
    }

    /** To be called when nothing is on its way any more. */
    Uni<Void> release() {
        return within(connection.query(RELEASE).execute()).replaceWithVoid();
    }

    /** The last event that the broker has acknowledged. */
    long position() {
        return position;
    }

    /** Goes back; what is after the position is read again. */
    void rewind(long earlier) {
        position = earlier;
    }

    Uni<Void> move(long published) {
        return within(connection.preparedQuery(MOVE).execute(Tuple.of(published)))
                .invoke(() -> position = published)
                .replaceWithVoid();
    }

    static <T> Uni<T> within(Uni<T> call) {
        return call.ifNoItem().after(TIMEOUT).fail();
    }
}
