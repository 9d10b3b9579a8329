package io.streamviews.projection.deadletter;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.streamviews.projection.BatchWriter;
import io.streamviews.projection.DeadLetter;
import io.streamviews.projection.PositionSql;
import io.streamviews.projection.RowErasure;
import io.streamviews.projection.StoredHeaders;
import io.streamviews.projection.Suspensions;
import io.streamviews.projection.TopicRecord;
import io.streamviews.projection.ViewTransactions;
import io.streamviews.projection.deadletter.DeadLetters.Retried;
import io.streamviews.projection.deadletter.DeadLetters.Statements;
import io.streamviews.source.Message;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import io.vertx.pgclient.PgException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.StreamSupport;

/**
 * Applies dead letters again, in chunks: one transaction locks the partition's positions, so that it takes its turn among
 * the partition's batches and before a swap of generations, applies the letters, and deletes those that it could apply. A
 * crash leaves all of a chunk as it was, or all of it done.
 */
final class DeadLetterRetry {

    private static final int CHUNK_LETTERS = 500;
    private static final long CHUNK_BYTES = 4 << 20;
    private static final int DEADLOCK_RETRIES = 3;

    private static final String FORGET =
            """
            WITH applied AS (SELECT * FROM unnest($1::text[], $2::integer[], $3::bigint[]) AS a(topic, partition, "offset")),
            discarded AS (
                DELETE FROM public.discarded_letter x USING applied a
                WHERE (x.topic, x.partition, x."offset") = (a.topic, a.partition, a."offset"))
            DELETE FROM %1$s.dead_letter d USING applied a
            WHERE (d.topic, d.partition, d."offset") = (a.topic, a.partition, a."offset")
            """;

    private static final String FAIL_AGAIN =
            """
            UPDATE %1$s.dead_letter
            SET error = CASE WHEN EXISTS (SELECT FROM public.erased_row e WHERE (e.base_view, e.row_key, e.topic) = ($5, $6, $1))
                             THEN '%2$s' ELSE $4 END,
                base_view = coalesce($5, base_view), row_key = coalesce($6, row_key), attempts = attempts + 1, failed_at = now()
            WHERE topic = $1 AND partition = $2 AND "offset" = $3
            """;

    private final ViewTransactions transactions;
    private final Suspensions suspensions;
    private final Function<SqlConnection, Uni<Statements>> statements;
    private final String schema;
    private final String forget;
    private final String failAgain;

    /** @param statements asked in each turn: the generation may be another one than in the turn before */
    DeadLetterRetry(ViewTransactions transactions, String schema, Function<SqlConnection, Uni<Statements>> statements) {
        this.transactions = transactions;
        this.suspensions = new Suspensions(transactions, schema);
        this.statements = statements;
        this.schema = schema;
        this.forget = FORGET.formatted(schema);
        this.failAgain = FAIL_AGAIN.formatted(schema, RowErasure.ERASED);
    }

    /** Partition after partition; what has been done stays done if it fails. */
    Uni<Retried> retry(DeadLetterSelection selection, List<Integer> partitions) {
        return Multi.createFrom()
                .iterable(partitions)
                .onItem()
                .transformToMultiAndConcatenate(partition -> retry(selection.of(partition), partition))
                .collect()
                .in(() -> new Retried[] {Retried.NONE}, (sum, done) -> sum[0] = sum[0].plus(done))
                .map(sum -> sum[0]);
    }

    /** What became of each chunk, one after the other. */
    private Multi<Retried> retry(DeadLetterSelection selection, int partition) {
        return Multi.createBy()
                .repeating()
                .uni(
                        () -> new AtomicReference<>(new RecordCoordinates("", partition, -1)),
                        after -> retry(selection, partition, after.get()).invoke(done -> after.set(done.last())))
                .whilst(done -> done.last() != null)
                .map(Chunk::retried);
    }

    private Uni<Chunk> retry(DeadLetterSelection selection, int partition, RecordCoordinates after) {
        return Uni.createFrom()
                .deferred(() -> suspensions.without(
                        transactions.run(connection -> chunk(connection, selection, partition, after)),
                        () -> retry(selection, partition, after)))
                .onFailure(DeadLetterRetry::isDeadlock)
                .retry()
                .atMost(DEADLOCK_RETRIES);
    }

    private Uni<Chunk> chunk(
            SqlConnection connection, DeadLetterSelection selection, int partition, RecordCoordinates after) {
        Tuple next = selection
                .parameters()
                .addString(after.topic())
                .addLong(after.offset())
                .addInteger(CHUNK_LETTERS)
                .addLong(CHUNK_BYTES);
        return connection
                .query(PositionSql.turn(schema, partition))
                .execute()
                .chain(() -> statements.apply(connection))
                .flatMap(now -> connection
                        .preparedQuery(now.sql().chunk())
                        .execute(next)
                        .map(DeadLetterRetry::records)
                        .flatMap(records -> records.isEmpty()
                                ? Uni.createFrom().item(new Chunk(null, Retried.NONE))
                                : now.writer()
                                        .apply(connection, partition, records)
                                        .call(failed -> settle(connection, records, failed))
                                        .map(failed -> Chunk.of(records, failed))));
    }

    private Uni<Void> settle(SqlConnection connection, List<TopicRecord> records, List<DeadLetter> failed) {
        List<TopicRecord> applied = new ArrayList<>(records);
        applied.removeAll(failed.stream().map(DeadLetter::source).toList());
        List<Uni<Void>> statements = new ArrayList<>();
        if (!applied.isEmpty()) {
            statements.add(connection
                    .preparedQuery(forget)
                    .execute(Tuple.of(
                            applied.stream().map(TopicRecord::topic).toArray(String[]::new),
                            applied.stream().map(TopicRecord::partition).toArray(Integer[]::new),
                            applied.stream().map(TopicRecord::offset).toArray(Long[]::new)))
                    .replaceWithVoid());
        }
        if (!failed.isEmpty()) {
            statements.add(connection
                    .preparedQuery(failAgain)
                    .executeBatch(failed.stream().map(DeadLetterRetry::failure).toList())
                    .replaceWithVoid());
        }
        return BatchWriter.atOnce(statements);
    }

    private static Tuple failure(DeadLetter letter) {
        TopicRecord source = letter.source();
        return Tuple.of(
                source.topic(),
                source.partition(),
                source.offset(),
                letter.error(),
                letter.baseView(),
                letter.rowKey());
    }

    private static List<TopicRecord> records(RowSet<Row> rows) {
        return StreamSupport.stream(rows.spliterator(), false)
                .map(row -> {
                    RecordCoordinates place = DeadLetters.place(row);
                    OffsetDateTime eventAt = row.getOffsetDateTime("event_at");
                    return new TopicRecord(
                            place.topic(),
                            place.partition(),
                            place.offset(),
                            row.getLong("place"),
                            new Message(
                                    DeadLetters.bytes(row, "key"),
                                    DeadLetters.bytes(row, "payload"),
                                    StoredHeaders.read(row.getString("headers")),
                                    eventAt == null ? 0 : eventAt.toInstant().toEpochMilli()));
                })
                .toList();
    }

    private static boolean isDeadlock(Throwable failure) {
        return failure instanceof PgException refused && "40P01".equals(refused.getSqlState());
    }

    /** @param last the place of the last letter tried; null if there was none */
    private record Chunk(RecordCoordinates last, Retried retried) {

        static Chunk of(List<TopicRecord> records, List<DeadLetter> failed) {
            TopicRecord last = records.get(records.size() - 1);
            return new Chunk(
                    new RecordCoordinates(last.topic(), last.partition(), last.offset()),
                    new Retried(records.size(), records.size() - failed.size(), failed.size()));
        }
    }
}
