package io.streamviews.projection;

import io.smallrye.mutiny.CompositeException;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.streamviews.postgres.Sql;
import io.streamviews.source.BaseView;
import io.vertx.mutiny.core.buffer.Buffer;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import io.vertx.pgclient.PgException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * Applies a batch in one transaction: the new positions, the base rows, what derives from them (by triggers), the dead
 * letters. All of it is visible at once or not at all, and nothing of it once the partition has another owner.
 *
 * <p>The positions come first: their row locks keep a new owner waiting until this transaction has ended.
 */
public final class BatchWriter {

    private static final Logger LOG = Logger.getLogger(BatchWriter.class);

    /**
     * A dead letter at the same offset is of the same record, unless the topic was recreated. That of an erased row, or of
     * another one of its records, read again before the topic is compacted, is kept without its content.
     */
    private static final String INSERT_DEAD_LETTER =
            """
            INSERT INTO %1$s.dead_letter AS l
                   (topic, partition, "offset", place, key, payload, error, base_view, row_key, event_at, headers)
            SELECT $1::text, $2::integer, $3::bigint, $4::bigint, $5::bytea,
                   CASE WHEN is_erased AND $6::bytea IS NOT NULL THEN ''::bytea ELSE $6::bytea END,
                   CASE WHEN is_erased THEN '%2$s' ELSE $7::text END, $8::text, $9::text, $10::timestamptz,
                   CASE WHEN NOT is_erased THEN $11::text END
            FROM (SELECT EXISTS (SELECT FROM public.erased_row
                                 WHERE topic = $1::text AND (key = $5::bytea OR (base_view, row_key) = ($8::text, $9::text)))) AS e(is_erased)
            ON CONFLICT (topic, partition, "offset") DO UPDATE
            SET place = excluded.place, key = excluded.key, payload = excluded.payload, headers = excluded.headers, error = excluded.error,
                base_view = excluded.base_view, row_key = excluded.row_key, event_at = excluded.event_at, attempts = 1,
                failed_at = now()
            WHERE l.place <> excluded.place OR l.event_at IS DISTINCT FROM excluded.event_at
            """;

    /** What a constraint that is deferred has against a part must be told of that part, and not of the whole at its COMMIT. */
    private static final String CHECK = "SET CONSTRAINTS ALL IMMEDIATE";

    /** To come before a part: its statements are checked behind the last of them, also where a part before has been {@link #CHECK}ed. */
    private static final String CHECK_LATER = "SET CONSTRAINTS ALL DEFERRED";

    private static final String UNREAD = "no view is kept of its topic here, or one cannot be followed";
    private static final long MAX_BYTES_OF_A_PART = 1 << 20;
    private static final Set<String> OTHERS = Set.of("P0001", "21000");

    private final ViewTransactions transactions;
    private final List<BaseView> views;
    private final Positions positions;
    private final Suspensions suspensions;
    private final Map<BaseView, TableSql> sqlOf;
    private final String insertDeadLetter;

    public BatchWriter(ViewTransactions transactions, String schema, List<BaseView> views, Positions positions) {
        this(transactions, schema, views, positions, Set.of());
    }

    /** @param appended tables without a primary key: all that is said of their rows is added, to be folded later */
    public BatchWriter(
            ViewTransactions transactions,
            String schema,
            List<BaseView> views,
            Positions positions,
            Set<String> appended) {
        this.transactions = transactions;
        this.views = List.copyOf(views);
        this.positions = positions;
        this.suspensions = new Suspensions(transactions, schema);
        this.sqlOf = views.stream()
                .collect(Collectors.toMap(
                        Function.identity(),
                        view -> appended.contains(view.table())
                                ? TableSql.appending(schema, view)
                                : TableSql.of(schema, view)));
        this.insertDeadLetter = INSERT_DEAD_LETTER.formatted(schema, RowErasure.ERASED);
    }

    /** An empty batch of a partition. */
    public WriteBatch newBatch(int partition) {
        return new WriteBatch(partition, views);
    }

    /**
     * Applies a batch. If PostgreSQL refuses a value in it, its records are applied in ever smaller parts, and those that are
     * refused by themselves become dead letters; if a derived view fails, it is suspended.
     *
     * <p>Fails with a {@link FencedException} if the partition has a new owner; any other failure has changed nothing, and
     * the batch can be written again.
     */
    public Uni<Void> write(WriteBatch batch, Epochs epochs) {
        Supplier<Uni<Void>> again = () -> write(batch, epochs);
        return suspensions
                .without(writeAtOnce(batch, epochs), again)
                .onFailure(BatchWriter::isRefusedValue)
                .recoverWithUni(refused -> {
                    LOG.warnf(
                            "PostgreSQL refuses a batch of %d events of partition %d (%s): applying it in parts",
                            batch.rows(), batch.partition(), refused.getMessage());
                    return suspensions.without(writeInParts(batch, epochs), again);
                });
    }

    private Uni<Void> writeAtOnce(WriteBatch batch, Epochs epochs) {
        return transactions.run(connection -> {
            List<Uni<Void>> statements = new ArrayList<>();
            statements.add(positions.advance(connection, batch, epochs));
            statements.addAll(rowStatements(connection, batch));
            statements.add(keep(connection, batch.deadLetters()));
            return atOnce(statements);
        });
    }

    private Uni<Void> writeInParts(WriteBatch batch, Epochs epochs) {
        return transactions
                .run(connection -> positions
                        .advance(connection, batch, epochs)
                        .chain(() -> applyParts(connection, batch, batch.records()))
                        .call(letters -> keep(connection, letters)))
                .invoke(batch::keptAsDeadLetters)
                .replaceWithVoid();
    }

    /**
     * Applies records of a partition in the caller's transaction: all of them at once, else in ever smaller parts.
     *
     * @return those that cannot be applied
     */
    public Uni<List<DeadLetter>> apply(SqlConnection connection, int partition, List<TopicRecord> records) {
        Map<Boolean, List<TopicRecord>> read = records.stream()
                .collect(Collectors.partitioningBy(
                        record -> views.stream().anyMatch(view -> view.topic().equals(record.topic()))));
        List<DeadLetter> letters = new ArrayList<>();
        read.get(false).forEach(record -> letters.add(DeadLetter.of(record, new IllegalStateException(UNREAD), views)));
        return reading(() -> newBatch(partition).part(read.get(true)))
                .flatMap(batch -> apply(connection, batch, batch.records(), batch))
                .invoke(letters::addAll)
                .replaceWith(letters);
    }

    /**
     * By halves: the outcome is that of each record by itself, since no part is applied in which one hides another. Records
     * are read anew for each part, which takes its time: not on an event loop. Every part stays in memory until its own parts
     * are done, so that one of many bytes is halved unread.
     */
    private Uni<List<DeadLetter>> applyParts(SqlConnection connection, WriteBatch batch, List<TopicRecord> records) {
        if (records.size() > 1 && bytes(records) > MAX_BYTES_OF_A_PART) {
            return applyHalves(connection, batch, records);
        }
        return reading(() -> batch.part(records))
                .flatMap(part -> records.size() > 1 && part.isFolded()
                        ? applyHalves(connection, batch, records)
                        : apply(connection, batch, records, part));
    }

    /** Has records be read where it may take long, as they have bytes: not on an event loop. */
    private static <T> Uni<T> reading(Supplier<T> work) {
        return Uni.createFrom().item(work).runSubscriptionOn(Infrastructure.getDefaultWorkerPool());
    }

    private static long bytes(List<TopicRecord> records) {
        return records.stream().mapToLong(record -> record.message().size()).sum();
    }

    private Uni<List<DeadLetter>> apply(
            SqlConnection connection, WriteBatch batch, List<TopicRecord> records, WriteBatch part) {
        return Sql.run(connection, "SAVEPOINT part; " + CHECK_LATER)
                .chain(() -> atOnce(rowStatements(connection, part)))
                .chain(() -> Sql.run(connection, CHECK + "; RELEASE SAVEPOINT part"))
                .replaceWith(part::deadLetters)
                .onFailure(BatchWriter::isRefusedValue)
                .recoverWithUni(refused -> Sql.run(connection, "ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part")
                        .chain(() -> suspensions.failing(connection, refused))
                        .chain(view -> {
                            if (view != null) {
                                return Uni.createFrom().failure(refused);
                            }
                            return records.size() > 1
                                    ? applyHalves(connection, batch, records)
                                    : reading(() -> List.of(batch.deadLetter(records.get(0), refused)));
                        }));
    }

    private Uni<List<DeadLetter>> applyHalves(SqlConnection connection, WriteBatch batch, List<TopicRecord> records) {
        int half = records.size() / 2;
        List<DeadLetter> letters = new ArrayList<>();
        return applyParts(connection, batch, records.subList(0, half))
                .invoke(letters::addAll)
                .chain(() -> applyParts(connection, batch, records.subList(half, records.size())))
                .invoke(letters::addAll)
                .replaceWith(letters);
    }

    /** A batch's statements in the base views, in order: deletions first, for a row can be deleted and put again. */
    public List<Uni<Void>> rowStatements(SqlConnection connection, WriteBatch batch) {
        List<Uni<Void>> statements = new ArrayList<>();
        for (TableBatch table : batch.tables()) {
            TableSql sql = sqlOf.get(table.view());
            List<Object> dead = table.deleteParameters();
            if (!dead.isEmpty()) {
                statements.add(execute(connection, sql.delete(), dead));
            }
            List<Object> upserts = table.upsertParameters();
            if (!upserts.isEmpty()) {
                statements.add(execute(connection, sql.upsert(), upserts));
            }
        }
        return statements;
    }

    /** Sends statements one after the other without waiting for answers in between; fails as the first that fails. */
    public static Uni<Void> atOnce(List<Uni<Void>> statements) {
        return statements.isEmpty()
                ? Uni.createFrom().voidItem()
                : Uni.join()
                        .all(statements)
                        .andCollectFailures()
                        .onFailure(CompositeException.class)
                        .transform(failures -> failures.getCauses().get(0))
                        .replaceWithVoid();
    }

    private Uni<Void> keep(SqlConnection connection, List<DeadLetter> deadLetters) {
        if (deadLetters.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        List<Tuple> rows = deadLetters.stream()
                .map(letter -> Tuple.tuple()
                        .addString(letter.source().topic())
                        .addInteger(letter.source().partition())
                        .addLong(letter.source().offset())
                        .addLong(letter.source().place())
                        .addValue(bytea(letter.source().key()))
                        .addValue(bytea(letter.source().value()))
                        .addString(letter.error())
                        .addString(letter.baseView())
                        .addString(letter.rowKey())
                        .addOffsetDateTime(letter.source().time())
                        .addString(StoredHeaders.of(letter.source().message().headers())))
                .toList();
        return connection.preparedQuery(insertDeadLetter).executeBatch(rows).replaceWithVoid();
    }

    private static Object bytea(byte[] bytes) {
        return bytes == null ? null : Buffer.buffer(bytes).getDelegate();
    }

    private static Uni<Void> execute(SqlConnection connection, String sql, List<Object> parameters) {
        return connection.preparedQuery(sql).execute(Tuple.from(parameters)).replaceWithVoid();
    }

    /**
     * Whether PostgreSQL objects to the data rather than being unable to work just now: data exceptions (22), integrity
     * violations (23), program limits (54), what a trigger raises (P0001), and keys that are one only for PostgreSQL (21000).
     * See PostgreSQL, Appendix A.
     */
    public static boolean isRefusedValue(Throwable failure) {
        if (!(failure instanceof PgException refused) || refused.getSqlState() == null) {
            return false;
        }
        String state = refused.getSqlState();
        return state.startsWith("22") || state.startsWith("23") || state.startsWith("54") || OTHERS.contains(state);
    }
}
