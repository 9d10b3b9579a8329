package io.streamviews.projection;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

/**
 * How far a generation's views have read, and who may move them on; PostgreSQL is the authority.
 *
 * <p>Taking a partition over raises its epoch before the first record is fetched, so whatever a former owner still has in
 * flight either commits before and is in the position that the new owner starts from, or is fenced and changes nothing.
 */
final class Positions {

    private static final Logger LOG = Logger.getLogger(Positions.class);

    private static final String RAISE_EPOCH =
            """
            INSERT INTO %1$s.projection_position AS p (topic, partition, next_offset, seen_offset, epoch, owner)
            VALUES ($1, $2, $3, $3, 1, $5)
            ON CONFLICT (topic, partition) DO UPDATE
            SET epoch = p.epoch + 1, owner = excluded.owner,
                seen_offset = CASE WHEN p.seen_offset > $4 THEN excluded.seen_offset ELSE p.seen_offset END
            RETURNING next_offset, seen_offset, epoch, EXISTS (SELECT FROM %1$s.projection_pause) AS paused
            """;
    private static final String MOVE =
            """
            UPDATE %1$s.projection_position
            SET next_offset = $3, seen_offset = greatest(seen_offset, $3), updated_at = now()
            WHERE topic = $1 AND partition = $2
            """;
    private static final String CLAIM =
            """
            INSERT INTO %1$s.projection_position AS p (topic, partition, next_offset, seen_offset, epoch, owner)
            SELECT c.topic, c.partition, c.beginning, c.beginning, $4, $5
            FROM unnest($1::text[], $2::integer[], $3::bigint[]) AS c(topic, partition, beginning)
            ON CONFLICT (topic, partition) DO UPDATE SET epoch = p.epoch + 1, owner = excluded.owner
            RETURNING topic, partition, next_offset, epoch
            """;
    private static final String REACH =
            """
            UPDATE %1$s.projection_position p
            SET next_offset = greatest(p.next_offset, r.reached), seen_offset = greatest(p.seen_offset, r.reached)
            FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::bigint[]) AS r(topic, partition, reached, epoch)
            WHERE p.topic = r.topic AND p.partition = r.partition AND p.epoch = r.epoch AND p.next_offset < r.reached
            """;
    private static final String RECORD_GAP =
            """
            INSERT INTO %1$s.projection_gap (topic, partition, from_offset, to_offset) VALUES ($1, $2, $3, $4)
            ON CONFLICT (topic, partition, from_offset)
            DO UPDATE SET to_offset = greatest(projection_gap.to_offset, excluded.to_offset)
            """;
    private static final String ADVANCE =
            """
            WITH advanced AS (
                UPDATE %1$s.projection_position p
                SET next_offset = n.next_offset, seen_offset = greatest(p.seen_offset, n.next_offset),
                    last_event_at = n.event_at, updated_at = now()
                FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::timestamptz[])
                    AS n(topic, next_offset, epoch, event_at)
                WHERE p.topic = n.topic AND p.partition = $1 AND p.epoch = n.epoch
                RETURNING 1)
            SELECT count(*), set_config('streamviews.partition', $1::text, true) FROM advanced
            """;

    private final ViewTransactions transactions;
    private final String owner;
    private final String raiseEpoch;
    private final String move;
    private final String claim;
    private final String reach;
    private final String recordGap;
    private final String advance;

    Positions(ViewTransactions transactions, String schema, String owner) {
        this.transactions = transactions;
        this.owner = owner;
        this.raiseEpoch = RAISE_EPOCH.formatted(schema);
        this.move = MOVE.formatted(schema);
        this.claim = CLAIM.formatted(schema);
        this.reach = REACH.formatted(schema);
        this.recordGap = RECORD_GAP.formatted(schema);
        this.advance = ADVANCE.formatted(schema);
    }

    /** Takes partitions over in one transaction and tells from where, and at which epoch, to read each. */
    Uni<Map<TopicPartition, Start>> takeOver(List<PartitionLog> logs) {
        List<PartitionLog> inOrder = logs.stream()
                .sorted(Comparator.comparing(
                        PartitionLog::partition,
                        Comparator.comparing(TopicPartition::topic).thenComparing(TopicPartition::partition)))
                .toList();
        return transactions.run(connection -> Multi.createFrom()
                .iterable(inOrder)
                .onItem()
                .transformToUniAndConcatenate(log -> transactions.answered(takeOver(connection, log)))
                .collect()
                .asMap(Start::partition));
    }

    private Uni<Start> takeOver(SqlConnection connection, PartitionLog log) {
        String topic = log.partition().topic();
        int partition = log.partition().partition();
        return connection
                .preparedQuery(raiseEpoch)
                .execute(Tuple.of(topic, partition, log.beginning(), log.end(), owner))
                .map(rows -> rows.iterator().next())
                .flatMap(row -> {
                    Start stored = new Start(
                            log.partition(),
                            row.getLong("next_offset"),
                            row.getLong("epoch"),
                            row.getBoolean("paused"));
                    // The first epoch is a view that has read nothing: what Kafka has committed says nothing of it.
                    Start start = stored.epoch() == 1 ? stored : stored.at(log.resumeFrom(stored.offset()));
                    Uni<Void> moved = start.offset() == stored.offset()
                            ? Uni.createFrom().voidItem()
                            : connection
                                    .preparedQuery(move)
                                    .execute(Tuple.of(topic, partition, start.offset()))
                                    .replaceWithVoid();
                    return moved.chain(() -> reportLoss(connection, log, stored, row.getLong("seen_offset")))
                            .replaceWith(start);
                });
    }

    /** Events that the log no longer has, or that stand in another log of the same name, are never skipped in silence. */
    private Uni<Void> reportLoss(SqlConnection connection, PartitionLog log, Start stored, long seen) {
        if (stored.offset() > log.end()) {
            LOG.errorf(
                    "%s ends at offset %d, but the view has read it to %d: the topic was made anew or truncated."
                            + " Reading it from its beginning",
                    log.partition(), log.end(), stored.offset());
            return Uni.createFrom().voidItem();
        }
        long read = Math.max(stored.offset(), seen);
        if (read >= log.beginning()) {
            return Uni.createFrom().voidItem();
        }
        LOG.errorf(
                "%s now begins at offset %d, but the view has read it to %d only: retention removed %d events that the"
                        + " view has never seen (recorded in projection_gap)",
                log.partition(), log.beginning(), read, log.beginning() - read);
        return connection
                .preparedQuery(recordGap)
                .execute(Tuple.of(log.partition().topic(), log.partition().partition(), read, log.beginning()))
                .replaceWithVoid();
    }

    /**
     * Takes partitions over that are in nobody's group, and tells from where, and at which epoch, to fill each. The first
     * epoch is the time, so that it is not one of a former generation in a schema of the same name.
     *
     * @param beginnings where partitions that have not been read yet begin
     */
    Uni<Map<TopicPartition, Start>> claim(Map<TopicPartition, Long> beginnings) {
        List<TopicPartition> partitions = List.copyOf(beginnings.keySet());
        Tuple parameters = Tuple.of(
                array(partitions, TopicPartition::topic, new String[0]),
                array(partitions, TopicPartition::partition, new Integer[0]),
                array(partitions, beginnings::get, new Long[0]),
                System.currentTimeMillis(),
                owner);
        return transactions
                .run(connection ->
                        transactions.answered(connection.preparedQuery(claim).execute(parameters)))
                .map(rows -> {
                    Map<TopicPartition, Start> starts = new HashMap<>();
                    rows.forEach(row -> {
                        TopicPartition partition = new TopicPartition(row.getString(0), row.getInteger(1));
                        starts.put(partition, new Start(partition, row.getLong(2), row.getLong(3), false));
                    });
                    return starts;
                });
    }

    /** Moves the positions on to what has been read, where the last offsets before it hold no record. */
    Uni<Void> reach(List<Start> reached) {
        Tuple parameters = Tuple.of(
                array(reached, start -> start.partition().topic(), new String[0]),
                array(reached, start -> start.partition().partition(), new Integer[0]),
                array(reached, Start::offset, new Long[0]),
                array(reached, Start::epoch, new Long[0]));
        return transactions.run(connection -> transactions.answered(
                connection.preparedQuery(reach).execute(parameters).replaceWithVoid()));
    }

    /**
     * Moves the positions on past a batch and names the transaction's partition for the counters; the first statement of a
     * batch's transaction.
     *
     * <p>Fails with a {@link FencedException} if a partition has a new owner.
     */
    Uni<Void> advance(SqlConnection connection, WriteBatch batch, Epochs epochs) {
        List<SourceRecord> last = batch.last();
        Tuple parameters = Tuple.of(
                batch.partition(),
                array(last, SourceRecord::topic, new String[0]),
                array(last, record -> record.offset() + 1, new Long[0]),
                array(last, record -> epochs.of(record.topic()), new Long[0]),
                array(last, SourceRecord::time, new OffsetDateTime[0]));
        return connection
                .preparedQuery(advance)
                .execute(parameters)
                .map(rows -> rows.iterator().next())
                .invoke(row -> {
                    if (row.getLong(0) != last.size()) {
                        throw new FencedException(batch.partition(), epochs);
                    }
                })
                .replaceWithVoid();
    }

    private static <S, T> T[] array(List<S> sources, Function<S, T> value, T[] type) {
        return sources.stream().map(value).toList().toArray(type);
    }

    /**
     * What Kafka says of a partition.
     *
     * @param committed the group's committed offset, null if it has none
     */
    record PartitionLog(TopicPartition partition, long beginning, long end, Long committed) {

        /**
         * Never past what the view holds, and back where the group's offset says (an operator may have reset it); no
         * committed offset is no opinion.
         */
        long resumeFrom(long stored) {
            if (stored > end) {
                return beginning;
            }
            long wanted = committed == null ? stored : Math.min(stored, committed);
            return Math.max(wanted, beginning);
        }
    }

    /**
     * Where the owner at an epoch begins to read.
     *
     * @param paused whether it has to wait for that
     */
    record Start(TopicPartition partition, long offset, long epoch, boolean paused) {

        Start at(long other) {
            return new Start(partition, other, epoch, paused);
        }
    }
}
