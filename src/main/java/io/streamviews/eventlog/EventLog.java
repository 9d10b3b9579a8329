package io.streamviews.eventlog;

import io.quarkus.hibernate.reactive.panache.Panache;
import io.smallrye.mutiny.Uni;
import io.streamviews.postgres.Page;
import io.streamviews.postgres.PageBound;
import io.streamviews.postgres.Sql;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.hibernate.reactive.mutiny.Mutiny;

/**
 * Everything that ever happened, append-only; also the outbox that the relay publishes, in the order of ids. That is
 * the order of versions for each aggregate: an event's id is drawn when it is inserted, and who appends version 8 has seen
 * version 7 committed. A command <em>has the aggregate to itself, then reads its entity, and only then appends</em> (see
 * {@link Transactions}); one that read before it locked would lose its race to the one it waited for.
 */
@ApplicationScoped
public class EventLog {

    /** On which PostgreSQL says that there is more. */
    public static final String CHANNEL = "event_log";

    /** That appending many events has. */
    public static final int PARAMETERS = 8;

    private static final String INSERT =
            """
            INSERT INTO public.event_log
                   (aggregate_type, aggregate_id, version, event_type, message_key, payload, occurred_at, traceparent)
            """;

    private static final String APPEND = INSERT
            + """
            VALUES (:type, :id, :version, :event, :key, CAST(CAST(:payload AS text) AS json), :occurredAt,
                    nullif(CAST(:traceparent AS text), ''))
            RETURNING id
            """;

    static final String APPEND_ALL = INSERT
            + """
            SELECT unnest($1::text[]), unnest($2::bigint[]), unnest($3::bigint[]), unnest($4::text[]), unnest($5::text[]),
                   unnest($6::text[])::json, unnest($7::timestamptz[]), unnest($8::text[])
            """;

    private static final String OF_AGGREGATE =
            """
            SELECT aggregate_type, aggregate_id, version, event_type, message_key, payload::text AS payload, occurred_at
              FROM public.event_log
             WHERE aggregate_type = $1 AND aggregate_id = $2
            """;

    private static final String HISTORY = OF_AGGREGATE + "AND version > $3 ORDER BY version ";

    private static final String FIRST = HISTORY + "LIMIT 1";

    private static final String LAST = OF_AGGREGATE + "AND occurred_at <= $3 ORDER BY version DESC LIMIT 1";

    private static final Instant END_OF_TIME = Instant.parse("9999-12-31T23:59:59Z");

    private final Pool pool;
    private final Traces traces;
    private final Clock clock;
    private final Duration timeout;

    EventLog(Pool pool, Traces traces, Clock clock, CommandConfig config) {
        this.pool = pool;
        this.traces = traces;
        this.clock = clock;
        this.timeout = config.timeout();
    }

    /**
     * Appends in the current Hibernate transaction, after what it changed so far has been written: a lost race for the
     * entity is found before the event is written, and again by the log's unique (aggregate, version).
     *
     * @param event asked for when the entity has its new version
     * @return that version
     */
    public Uni<Long> append(Supplier<Event> event) {
        return Panache.getSession().chain(session -> session.flush().chain(() -> insert(session, event.get())));
    }

    /** Appends many events by one statement in the transaction of a connection; their ids ascend in the list's order. */
    public Uni<Void> append(SqlConnection connection, List<Event> events) {
        return connection
                .preparedQuery(APPEND_ALL)
                .execute(Tuple.from(columns(events)))
                .replaceWithVoid();
    }

    /**
     * The same by a statement that does something else, too: both take effect or neither does, without a transaction around
     * them.
     *
     * @param along whose parameters have the numbers behind {@link #PARAMETERS}
     */
    public Uni<Void> append(SqlClient client, List<Event> events, String along, List<Object> parameters) {
        List<Object> all = new ArrayList<>(columns(events));
        all.addAll(parameters);
        return client.preparedQuery("WITH appended AS (" + APPEND_ALL + ") " + along)
                .execute(Tuple.from(all))
                .replaceWithVoid();
    }

    private static List<Object> columns(List<Event> events) {
        return Arrays.asList(
                column(events, String[]::new, event -> event.aggregate().type()),
                column(events, Long[]::new, event -> event.aggregate().id()),
                column(events, Long[]::new, Event::version),
                column(events, String[]::new, Event::type),
                column(events, String[]::new, Event::key),
                column(events, String[]::new, Event::payload),
                column(events, OffsetDateTime[]::new, event -> utc(event.occurredAt())),
                column(events, String[]::new, Event::traceparent));
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
        return ask(LAST, Tuple.of(aggregateType, aggregateId, utc(at))).map(EventLog::first);
    }

    private Uni<RowSet<Row>> ask(String sql, Tuple parameters) {
        return pool.preparedQuery(sql)
                .execute(parameters)
                .ifNoItem()
                .after(timeout)
                .fail();
    }

    private static Optional<Event> first(RowSet<Row> rows) {
        return Sql.read(rows, EventLog::event).stream().findFirst();
    }

    public static Event event(Row row) {
        return new Event(
                new Event.Aggregate(
                        row.getString("aggregate_type"), row.getLong("aggregate_id"), row.getLong("version")),
                row.getString("event_type"),
                row.getString("message_key"),
                row.getString("payload"),
                row.getOffsetDateTime("occurred_at").toInstant());
    }

    /** The time of an event that is appended here and now, as exactly as PostgreSQL keeps it. */
    public Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }

    /** The trace that an event belongs to which is appended here and now; null if none is kept. */
    public String trace() {
        return traces.current();
    }

    /** As a query, for its RETURNING: after an update Hibernate Reactive warns of clean-up work that it leaves undone. */
    private Uni<Long> insert(Mutiny.Session session, Event event) {
        return session.createNativeQuery(APPEND, Long.class)
                .setParameter("type", event.aggregate().type())
                .setParameter("id", event.aggregate().id())
                .setParameter("version", event.version())
                .setParameter("event", event.type())
                .setParameter("key", event.key())
                .setParameter("payload", event.payload())
                .setParameter("occurredAt", utc(event.occurredAt()))
                .setParameter("traceparent", Objects.requireNonNullElse(trace(), ""))
                .getSingleResult()
                .replaceWith(event.version());
    }

    private static <T> T[] column(List<Event> events, IntFunction<T[]> array, Function<Event, T> value) {
        return events.stream().map(value).toArray(array);
    }

    private static OffsetDateTime utc(Instant time) {
        return time.atOffset(ZoneOffset.UTC);
    }
}
