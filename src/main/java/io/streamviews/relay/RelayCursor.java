package io.streamviews.relay;

import io.smallrye.mutiny.Uni;
import io.streamviews.eventlog.EventLog;
import io.vertx.mutiny.pgclient.PgConnection;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import java.time.Duration;

/**
 * How far the event log is published, and who publishes it: the relay whose connection has the lock, and whom the cursor
 * names. One that has lost its connection has lost its lock; nothing that it says is done to a cursor that names another.
 *
 * <p>Whoever has the lock must be heard of: a process that is frozen keeps its connection. So each change of the cursor is a
 * beat, by the database's clock, and a relay that waits ends the session of one that has not been heard of for
 * {@link RelayConfig#frozenAfter}. Until {@link #leaseEnd} after the last beat was sent, by this process's clock, the lock is
 * sure; what is given to the producer by then has arrived or expired when the lock can be another's.
 *
 * <p>So it is no {@link io.streamviews.postgres.SessionLock}: who has that one writes on its connection alone, and need not know
 * when it is lost, while what is on its way to Kafka outlives the lock, and must be bounded in time before it. And a relay that
 * stands by keeps its connection, to take over within a second and to say what it owes.
 */
final class RelayCursor {

    private static final String PREPARE =
            """
            SET application_name = 'streamviews relay';
            SET tcp_keepalives_idle = 5;
            SET tcp_keepalives_interval = 2;
            SET tcp_keepalives_count = 3;
            """;

    private static final long LOCK = 7239378213489L;

    private static final String TRY_LOCK = "SELECT pg_try_advisory_lock(%d)".formatted(LOCK);

    /**
     * Of a relay that has just got the lock the beat is another one's still, and only its session has been heard of. (Roles
     * that may end sessions of others and not see what they do go by the beat alone.)
     */
    private static final String END_FROZEN =
            """
            SELECT pg_terminate_backend(l.pid)
              FROM public.relay_cursor AS c, pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid
             WHERE c.name = 'relay' AND c.beat_at < clock_timestamp() - $1 * interval '1 millisecond'
               AND coalesce(a.state_change, '-infinity') < clock_timestamp() - $1 * interval '1 millisecond'
               AND l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
               AND l.classid = %d AND l.objid = %d
               AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
            """
                    .formatted(LOCK >>> 32, LOCK & 0xffffffffL);

    private static final String LISTEN = "LISTEN " + EventLog.CHANNEL;

    private static final String HAS_OWN_IDS =
            """
            SELECT greatest(c.event_id, (SELECT max(id) FROM public.event_log)) AS last,
                   coalesce(pg_sequence_last_value('public.event_log_id_seq'), 0) AS drawn
              FROM public.relay_cursor AS c
             WHERE c.name = 'relay'
            """;

    /** Another relay that has not ended in order may have events on their way: see {@link #repeat}. */
    private static final String CLAIM =
            """
            UPDATE public.relay_cursor
               SET holder = $1, beat_at = clock_timestamp(), trouble = NULL,
                   repeat_from = CASE WHEN holder <> $1 THEN least(repeat_from, event_id) ELSE repeat_from END,
                   repeat_at = CASE WHEN holder <> $1 THEN clock_timestamp() + $2 * interval '1 millisecond'
                                    ELSE repeat_at END
             WHERE name = 'relay'
            RETURNING event_id, false AS repetition_is_due
            """;

    private static final String RELEASE =
            "UPDATE public.relay_cursor SET holder = NULL WHERE name = 'relay' AND holder = $1";

    private static final String OWN =
            """
             WHERE name = 'relay' AND holder = $1
            RETURNING event_id, coalesce(repeat_at <= clock_timestamp(), false) AS repetition_is_due
            """;

    private static final String BEAT = "UPDATE public.relay_cursor SET beat_at = clock_timestamp(), trouble = $2" + OWN;

    private static final String MOVE =
            """
            UPDATE public.relay_cursor
               SET event_id = $2, beat_at = clock_timestamp(), trouble = NULL
            """
                    + OWN;

    private static final String REPEAT =
            """
            UPDATE public.relay_cursor
               SET event_id = least(event_id, repeat_from), repeat_from = NULL, repeat_at = NULL,
                   beat_at = clock_timestamp()
            """
                    + OWN;

    private static final String OWE =
            """
            UPDATE public.relay_cursor
               SET repeat_from = least(repeat_from, $2),
                   repeat_at = greatest(repeat_at, clock_timestamp() + $3 * interval '1 millisecond')
             WHERE name = 'relay' AND holder IS DISTINCT FROM $1
            """;

    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final PgConnection connection;
    private final String relay;
    private final RelayConfig config;
    private long position;
    private boolean repetitionIsDue;
    private long lastBeat;

    /** @param relay names it, among all relays there are and have been */
    RelayCursor(PgConnection connection, String relay, RelayConfig config) {
        this.connection = connection;
        this.relay = relay;
        this.config = config;
    }

    /** Lets a server that does not hear of this process any more give the lock to another one within seconds. */
    Uni<Void> prepare() {
        return within(connection.query(PREPARE).execute()).replaceWithVoid();
    }

    /** Gives the lock, or {@code false} if another relay has it. */
    Uni<Boolean> tryLock() {
        return within(connection.query(TRY_LOCK).execute())
                .map(rows -> rows.iterator().next().getBoolean(0));
    }

    /** Takes the lock from whoever has it and has not been heard of for too long; {@code false} if nobody is like that. */
    Uni<Boolean> endFrozen() {
        return within(connection
                        .preparedQuery(END_FROZEN)
                        .execute(Tuple.of(config.frozenAfter().toMillis())))
                .map(ended -> ended.size() > 0);
    }

    /** Listens, then reads where to go on: what is committed after that is either read or heard of. */
    Uni<Void> claim() {
        return within(connection.query(LISTEN).execute())
                .chain(() -> within(connection.query(HAS_OWN_IDS).execute()))
                .invoke(rows -> {
                    Row row = rows.iterator().next();
                    if (row.getLong("last") > row.getLong("drawn")) {
                        throw new ForeignEventsException(row.getLong("last"), row.getLong("drawn"));
                    }
                })
                .chain(() -> change(CLAIM, Tuple.of(relay, config.repeatAfter().toMillis())));
    }

    /** To be called when nothing is on its way any more. */
    Uni<Void> release() {
        return within(connection.preparedQuery(RELEASE).execute(Tuple.of(relay)))
                .replaceWithVoid();
    }

    /** The last event that the broker has acknowledged. */
    long position() {
        return position;
    }

    Uni<Void> move(long published) {
        return change(MOVE, Tuple.of(relay, published));
    }

    /** @param trouble what keeps the relay from its work; null if nothing does */
    Uni<Void> beat(String trouble) {
        return change(BEAT, Tuple.of(relay, trouble));
    }

    boolean repetitionIsDue() {
        return repetitionIsDue;
    }

    /**
     * Goes back, in the database, so that whoever is active publishes what follows once more. A relay that was interrupted
     * may have had events on their way, which can reach the broker behind newer events of the same key that its successor has
     * published by then; compaction would keep the older one. Once nothing of the former relay can arrive any more, this
     * makes the newest event of each key the last again.
     */
    Uni<Void> repeat() {
        return change(REPEAT, Tuple.of(relay));
    }

    /**
     * Has the relay that publishes now, if it is not this one, publish once more what is after a position, as soon as what
     * this one has sent has reached a broker that works.
     */
    Uni<Void> owe(long from) {
        return within(connection
                        .preparedQuery(OWE)
                        .execute(Tuple.of(relay, from, config.patience().toMillis())))
                .replaceWithVoid();
    }

    /** Until when, by {@link System#nanoTime}, events may be given to the producer. */
    long leaseEnd() {
        return lastBeat + config.frozenAfter().toNanos() / 3;
    }

    /** How long ago the last beat was sent that has arrived. */
    Duration silence() {
        return Duration.ofNanos(System.nanoTime() - lastBeat);
    }

    private Uni<Void> change(String sql, Tuple parameters) {
        return Uni.createFrom().deferred(() -> {
            long sent = System.nanoTime();
            return within(connection.preparedQuery(sql).execute(parameters))
                    .invoke(rows -> {
                        if (rows.size() == 0) {
                            throw new IllegalStateException("another relay has taken over");
                        }
                        Row row = rows.iterator().next();
                        position = row.getLong("event_id");
                        repetitionIsDue = row.getBoolean("repetition_is_due");
                        lastBeat = sent;
                    })
                    .replaceWithVoid();
        });
    }

    static <T> Uni<T> within(Uni<T> call) {
        return call.ifNoItem().after(TIMEOUT).fail();
    }
}
