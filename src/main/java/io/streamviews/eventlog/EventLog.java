package io.streamviews.eventlog;

import io.quarkus.hibernate.reactive.panache.Panache;
import io.smallrye.mutiny.Uni;
import io.streamviews.postgres.Page;
import io.streamviews.postgres.PageBound;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.hibernate.reactive.mutiny.Mutiny;

/**
 * Everything that ever happened, append-only; also the outbox that the relay publishes, in the order of ids. That is
 * the order of versions for each aggregate: an event's id is drawn when it is inserted, and who appends version 8 has seen
 * version 7 committed. A command <em>has the aggregate to itself, then reads its entity, and only then appends</em>; one
 * that read before it locked would lose its race to the one it waited for.
 */
@ApplicationScoped
public class EventLog {

    // an advisory lock: it writes nothing, and needs no row
    private static final String LOCK = "SELECT 1 FROM pg_advisory_xact_lock(hashtext(:type), hashint8(:id))";

    private static final String APPEND =
            """
            INSERT INTO public.event_log
                   (aggregate_type, aggregate_id, version, event_type, message_key, payload, occurred_at, traceparent)
            VALUES (:type, :id, :version, :event, :key, CAST(CAST(:payload AS text) AS json), :occurredAt,
                    nullif(CAST(:traceparent AS text), ''))
            RETURNING id
            """;

    private static final String HISTORY =
            """
            SELECT aggregate_type, aggregate_id, version, event_type, message_key, payload::text AS payload, occurred_at
              FROM public.event_log
             WHERE aggregate_type = $1 AND aggregate_id = $2 AND version > $3
             ORDER BY version
            """;

    private static final String FIRST = HISTORY + "LIMIT 1";

    private static final String LAST =
            """
            SELECT aggregate_type, aggregate_id, version, event_type, message_key, payload::text AS payload, occurred_at
              FROM public.event_log
             WHERE aggregate_type = $1 AND aggregate_id = $2 AND occurred_at <= $3
             ORDER BY version DESC
             LIMIT 1
            """;

    private static final Instant END_OF_TIME = Instant.parse("9999-12-31T23:59:59Z");

    private final Pool pool;
    private final Traces traces;
    private final Duration timeout;

    EventLog(
            Pool pool,
            Traces traces,
            @ConfigProperty(name = "streamviews.command.timeout", defaultValue = "10s") Duration timeout) {
        this.pool = pool;
        this.traces = traces;
        this.timeout = timeout;
    }

    /**
     * Waits until the current Hibernate transaction has the aggregate to itself, up to its end; to be called before
     * anything else. Writers of one entity come one after the other, instead of one succeeding and the others trying
     * again.
     */
    public Uni<Void> lock(String aggregateType, long aggregateId) {
        return Panache.getSession()
                .chain(session -> session.createNativeQuery(LOCK, Integer.class)
                        .setParameter("type", aggregateType)
                        .setParameter("id", aggregateId)
                        .getSingleResult())
                .replaceWithVoid();
    }

    /**
     * Appends in the current Hibernate transaction, after what it changed so far has been written: a lost race for the
     * entity is found before the event is written, and again by the log's unique (aggregate, version).
     */
    public Uni<Void> append(Event event) {
        return Panache.getSession()
                .chain(session -> session.flush().chain(() -> insert(session, event)))
                .replaceWithVoid();
    }

    /** An aggregate's events of a version greater than {@code after}, oldest first; also those of deleted ones. */
    public Uni<Page<Event>> history(String aggregateType, long aggregateId, long after, PageBound bound) {
        return ask(bound.cut(HISTORY, "octet_length(payload)"), Tuple.of(aggregateType, aggregateId, after))
                .map(rows -> Page.of(rows, EventLog::event));
    }

    /** The first of an aggregate's events of a version greater than {@code after}. */
    public Uni<Optional<Event>> first(String aggregateType, long aggregateId, long after) {
        return ask(FIRST, Tuple.of(aggregateType, aggregateId, after)).map(EventLog::first);
    }

    /** The last event of an aggregate. */
    public Uni<Optional<Event>> last(String aggregateType, long aggregateId) {
        return last(aggregateType, aggregateId, END_OF_TIME);
    }

    /** The last event of an aggregate up to an instant. */
    public Uni<Optional<Event>> last(String aggregateType, long aggregateId, Instant at) {
        return ask(LAST, Tuple.of(aggregateType, aggregateId, at.atOffset(ZoneOffset.UTC)))
                .map(EventLog::first);
    }

    private Uni<RowSet<Row>> ask(String sql, Tuple parameters) {
        return pool.preparedQuery(sql)
                .execute(parameters)
                .ifNoItem()
                .after(timeout)
                .fail();
    }

    private static Optional<Event> first(RowSet<Row> rows) {
        return StreamSupport.stream(rows.spliterator(), false)
                .map(EventLog::event)
                .findFirst();
    }

    public static Event event(Row row) {
        return new Event(
                row.getString("aggregate_type"),
                row.getLong("aggregate_id"),
                row.getLong("version"),
                row.getString("event_type"),
                row.getString("message_key"),
                row.getString("payload"),
                row.getOffsetDateTime("occurred_at").toInstant());
    }

    /** The trace that an event belongs to which is appended here and now; null if none is kept. */
    public String trace() {
        return traces.current();
    }

    /** As a query, for its RETURNING: after an update Hibernate Reactive warns of clean-up work that it leaves undone. */
    private Uni<Long> insert(Mutiny.Session session, Event event) {
        return session.createNativeQuery(APPEND, Long.class)
                .setParameter("type", event.aggregateType())
                .setParameter("id", event.aggregateId())
                .setParameter("version", event.version())
                .setParameter("event", event.type())
                .setParameter("key", event.key())
                .setParameter("payload", event.payload())
                .setParameter("occurredAt", OffsetDateTime.ofInstant(event.occurredAt(), ZoneOffset.UTC))
                .setParameter("traceparent", Objects.requireNonNullElse(trace(), ""))
                .getSingleResult();
    }
}
