package io.streamviews.projection.deadletter;

import io.smallrye.mutiny.Uni;
import io.streamviews.postgres.Page;
import io.streamviews.postgres.PageBound;
import io.streamviews.postgres.Sql;
import io.streamviews.projection.BatchWriter;
import io.streamviews.projection.Owner;
import io.streamviews.projection.Positions;
import io.streamviews.projection.ProjectionConfig;
import io.streamviews.projection.ViewTransactions;
import io.streamviews.source.BaseView;
import io.vertx.core.buffer.Buffer;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import io.vertx.pgclient.PgException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The events that a generation's views could not apply: looked at, retried, discarded. Retrying is what a batch does,
 * with the events' own places: it cannot overwrite newer rows, and may be done at any time and from any process.
 */
public final class DeadLetters {

    /** Letters that are counted; more are not told apart. */
    static final int MOST_COUNTED = 100_000;

    private final ViewTransactions transactions;
    private final Positions positions;
    private final String schema;
    private final Function<SqlConnection, Uni<List<BaseView>>> views;
    private final DeadLetterRetry retry;
    private volatile Statements statements;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

    /**
     * @param schema the generation's
     * @param views its base views, as a transaction sees them; others when another generation is live
     */
    public DeadLetters(
            Pool pool, String schema, Function<SqlConnection, Uni<List<BaseView>>> views, ProjectionConfig config) {
        this.transactions = new ViewTransactions(pool, config.writeTimeout());
        this.positions = new Positions(transactions, schema, Owner.thisProcess());
        this.schema = schema;
        this.views = views;
        this.retry = new DeadLetterRetry(transactions, schema, this::statements);
    }

    record Statements(List<BaseView> views, DeadLetterSql sql, BatchWriter writer) {}

    private Uni<Statements> statements(SqlConnection connection) {
        return views.apply(connection).map(now -> {
            Statements known = statements;
            if (known == null || !known.views().equals(now)) {
                known = new Statements(
                        now, DeadLetterSql.of(schema, now), new BatchWriter(transactions, schema, now, positions));
                statements = known;
            }
            return known;
        });
    }

    /** Has a listener called after letters have been retried or discarded. */
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    /**
     * Selected letters in the order of their places.
     *
     * @param after those at greater places only; null: from the first on
     */
    public Uni<Page<StoredDeadLetter>> list(DeadLetterSelection selection, RecordCoordinates after, PageBound bound) {
        RecordCoordinates from = after == null ? new RecordCoordinates("", -1, -1) : after;
        Tuple parameters = selection
                .parameters()
                .addString(from.topic())
                .addInteger(from.partition())
                .addLong(from.offset());
        return ask(sql -> sql.page(bound), parameters).map(rows -> Page.of(rows, DeadLetters::letter));
    }

    /** A letter and the first bytes of its payload, or null if there is none at this place. */
    public Uni<StoredDeadLetter.WithPayload> find(RecordCoordinates place, int mostBytes) {
        Tuple parameters = Tuple.of(place.topic(), place.partition(), place.offset(), mostBytes);
        return rows(
                        DeadLetterSql::one,
                        parameters,
                        row -> new StoredDeadLetter.WithPayload(letter(row), bytes(row, "payload")))
                .map(found -> found.isEmpty() ? null : found.get(0));
    }

    /**
     * Applies selected letters again, those of each partition in their order, and forgets those that can be applied now;
     * the others stay, with their new errors.
     */
    public Uni<Retried> retry(DeadLetterSelection selection) {
        return rows(DeadLetterSql::partitions, selection.parameters(), row -> row.getInteger(0))
                .flatMap(partitions -> retry.retry(selection, partitions))
                .onTermination()
                .invoke(this::changed);
    }

    /** Marks selected letters as discarded, for a reason; tells how many. */
    public Uni<Integer> discard(DeadLetterSelection selection, String reason) {
        Tuple parameters = selection.parameters().addString(reason);
        return ask(DeadLetterSql::discard, parameters).map(RowSet::rowCount).invoke(this::changed);
    }

    private void changed() {
        listeners.forEach(Runnable::run);
    }

    /** How many there are in each state, up to {@link #MOST_COUNTED} in all. */
    Uni<Map<StoredDeadLetter.State, Long>> counts() {
        return rows(DeadLetterSql::counts, Tuple.of(MOST_COUNTED), Function.identity())
                .map(rows -> rows.stream()
                        .collect(Collectors.toMap(
                                row -> StoredDeadLetter.State.valueOf(row.getString(0)), row -> row.getLong(1))));
    }

    private <T> Uni<List<T>> rows(Function<DeadLetterSql, String> query, Tuple parameters, Function<Row, T> read) {
        return ask(query, parameters).map(rows -> Sql.read(rows, read));
    }

    private Uni<RowSet<Row>> ask(Function<DeadLetterSql, String> query, Tuple parameters) {
        return Uni.createFrom()
                .deferred(() -> transactions.run(connection -> statements(connection)
                        .flatMap(now ->
                                connection.preparedQuery(query.apply(now.sql())).execute(parameters))))
                .onFailure(DeadLetters::isOfFormerViews)
                .retry()
                .atMost(1);
    }

    /** A table or column that is not there: generations have been exchanged between the question for them and this one. */
    private static boolean isOfFormerViews(Throwable failure) {
        return failure instanceof PgException refused
                && ("42P01".equals(refused.getSqlState()) || "42703".equals(refused.getSqlState()));
    }

    private static StoredDeadLetter letter(Row row) {
        return new StoredDeadLetter(
                place(row),
                bytes(row, "key"),
                row.getInteger("payload_bytes"),
                row.getString("error"),
                row.getString("base_view"),
                row.getString("row_key"),
                row.getInteger("attempts"),
                instant(row, "event_at"),
                instant(row, "failed_at"),
                StoredDeadLetter.State.valueOf(row.getString("state")),
                row.getString("reason"),
                instant(row, "discarded_at"));
    }

    static RecordCoordinates place(Row row) {
        return new RecordCoordinates(row.getString("topic"), row.getInteger("partition"), row.getLong("offset"));
    }

    static byte[] bytes(Row row, String column) {
        Buffer value = row.getDelegate().getBuffer(column);
        return value == null ? null : value.getBytes();
    }

    private static Instant instant(Row row, String column) {
        OffsetDateTime time = row.getOffsetDateTime(column);
        return time == null ? null : time.toInstant();
    }

    /** How many letters were tried, and what became of them. */
    public record Retried(long retried, long applied, long failed) {

        static final Retried NONE = new Retried(0, 0, 0);

        Retried plus(Retried other) {
            return new Retried(retried + other.retried, applied + other.applied, failed + other.failed);
        }
    }
}
