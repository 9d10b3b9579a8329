package io.streamviews.projection;

import io.smallrye.mutiny.Uni;
import io.streamviews.kafka.TopicLogs;
import io.streamviews.postgres.Sql;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

/**
 * How far a generation's views have read, and who may move them on; PostgreSQL is the authority.
 *
 * <p>Taking a partition over raises its epoch before the first record is fetched, so whatever a former owner still has in
 * flight either commits before and is in the position that the new owner starts from, or is fenced and changes nothing.
 */
public final class Positions {

    private static final Logger LOG = Logger.getLogger(Positions.class);

    private static final String RAISE_EPOCHS =
            """
            INSERT INTO %1$s.projection_position AS p (topic, partition, next_offset, seen_offset, epoch, owner)
            SELECT t.topic, t.partition, 0, 0, $3, $4
            FROM unnest($1::text[], $2::integer[]) AS t(topic, partition)
            ORDER BY t.topic, t.partition
            ON CONFLICT (topic, partition) DO UPDATE SET epoch = greatest(p.epoch + 1, excluded.epoch), owner = excluded.owner
            RETURNING topic, partition, next_offset, seen_offset, epoch, topic_id, leader_epoch, base,
                      EXISTS (SELECT FROM %1$s.projection_pause) AS paused,
                      coalesce((SELECT max(o.base + greatest(o.next_offset, o.seen_offset))
                                FROM %1$s.projection_position o WHERE o.topic = p.topic), 0) AS highest
            """;
    private static final String SETTLE =
            """
            UPDATE %1$s.projection_position p
            SET next_offset = s.next_offset, seen_offset = s.seen_offset, topic_id = s.topic_id,
                leader_epoch = s.leader_epoch, base = s.base, updated_at = now()
            FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::integer[],
                        $8::bigint[])
                AS s(topic, partition, epoch, next_offset, seen_offset, topic_id, leader_epoch, base)
            WHERE p.topic = s.topic AND p.partition = s.partition AND p.epoch = s.epoch
            """;
    private static final String REACH =
            """
            WITH r AS (
                SELECT *
                FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::bigint[], $5::integer[], $6::bigint[])
                    AS r(topic, partition, reached, epoch, leader_epoch, written)),
            moved AS (
                UPDATE %1$s.projection_position p
                SET next_offset = r.reached, seen_offset = greatest(p.seen_offset, r.reached),
                    leader_epoch = greatest(r.leader_epoch, p.leader_epoch)
                FROM r
                WHERE p.topic = r.topic AND p.partition = r.partition AND p.epoch = r.epoch AND p.next_offset < r.reached)
            SELECT count(*)
            FROM r JOIN %1$s.projection_position p USING (topic, partition)
            WHERE p.epoch = r.epoch AND p.next_offset < r.written
            """;
    private static final String ADVANCE =
            """
            WITH advanced AS (
                UPDATE %1$s.projection_position p
                SET next_offset = n.next_offset, seen_offset = greatest(p.seen_offset, n.next_offset),
                    last_event_at = coalesce(n.event_at, p.last_event_at),
                    leader_epoch = greatest(n.leader_epoch, p.leader_epoch), updated_at = now()
                FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::integer[], $7::bigint[])
                    AS n(topic, next_offset, epoch, event_at, leader_epoch, from_offset)
                WHERE p.topic = n.topic AND p.partition = $1 AND p.epoch = n.epoch AND p.next_offset >= n.from_offset
                  AND NOT EXISTS (SELECT FROM %1$s.projection_pause)
                RETURNING 1)
            SELECT count(*), EXISTS (SELECT FROM %1$s.projection_pause) AS paused,
                   set_config('streamviews.partition', $1::text, true)
            FROM advanced
            """;
    private static final String HOLD =
            "SELECT FROM %1$s.projection_position WHERE topic = $1 AND partition = $2 AND epoch = $3 FOR SHARE";

    private final ViewTransactions transactions;
    private final String schema;
    private final String owner;
    private final String raiseEpochs;
    private final String settle;
    private final String reach;
    private final String advance;
    private final String hold;
    private volatile Supplier<Uni<Void>> whenTakenOver = () -> Uni.createFrom().voidItem();

    public Positions(ViewTransactions transactions, String schema, String owner) {
        this.transactions = transactions;
        this.schema = schema;
        this.owner = owner;
        this.raiseEpochs = RAISE_EPOCHS.formatted(schema);
        this.settle = SETTLE.formatted(schema);
        this.reach = REACH.formatted(schema);
        this.advance = ADVANCE.formatted(schema);
        this.hold = HOLD.formatted(schema);
    }

    /** Has something be done before it is told what was taken over. */
    void whenTakenOver(Supplier<Uni<Void>> work) {
        whenTakenOver = work;
    }

    /**
     * Takes partitions over and tells from where, and at which epoch, to read each. First it is noted which partitions the topics
     * have, whoever will own them: by that the next to ask can tell which have been added. Then the epochs are raised, and only
     * then is asked what Kafka has of the partitions: read before, an end could lie behind what the former owner has
     * committed since, and its log would be taken for a truncated one. Fails with a {@link FencedException} if somebody
     * else has taken one of them over meanwhile.
     *
     * @param firstEpoch of partitions that nobody has taken over before
     * @param logs asks Kafka
     * @param divergesAt from which offset on a log is another one than was read, where that is known; else null
     */
    public Uni<List<Position>> takeOver(
            Collection<TopicPartition> partitions,
            long firstEpoch,
            TopicLogs logs,
            Function<Position, Long> divergesAt) {
        return logs.counts(partitions.stream()
                        .map(TopicPartition::topic)
                        .distinct()
                        .toList())
                .flatMap(counts -> know(counts, partitions))
                .chain(() -> raiseEpochs(partitions, firstEpoch))
                .flatMap(stored -> logs.of(stored.keySet()).map(found -> found.stream()
                        .map(log -> {
                            Position position = stored.get(log.partition());
                            return ResumePoint.of(position, log, divergesAt.apply(position));
                        })
                        .toList()))
                .call(this::settle)
                .call(() -> whenTakenOver.get())
                .map(points -> points.stream().map(ResumePoint::position).toList());
    }

    /** @param asked a broker that has not heard yet of those that were added may say less */
    private Uni<Void> know(Map<String, Integer> counts, Collection<TopicPartition> asked) {
        Map<String, Integer> most = new HashMap<>(counts);
        asked.forEach(
                each -> most.computeIfPresent(each.topic(), (topic, count) -> Math.max(count, each.partition() + 1)));
        List<Map.Entry<String, Integer>> all = List.copyOf(most.entrySet());
        Tuple parameters =
                Tuple.of(array(all, Map.Entry::getKey, new String[0]), array(all, Map.Entry::getValue, new Integer[0]));
        return transactions
                .run(connection ->
                        connection.preparedQuery(PositionSql.know(schema)).execute(parameters))
                .replaceWithVoid();
    }

    private Uni<Map<TopicPartition, Position>> raiseEpochs(Collection<TopicPartition> partitions, long firstEpoch) {
        List<TopicPartition> all = List.copyOf(partitions);
        Tuple parameters = Tuple.of(
                array(all, TopicPartition::topic, new String[0]),
                array(all, TopicPartition::partition, new Integer[0]),
                firstEpoch,
                owner);
        return transactions
                .run(connection -> connection.preparedQuery(raiseEpochs).execute(parameters))
                .map(rows -> Sql.read(rows, Position::of).stream()
                        .collect(Collectors.toMap(Position::partition, Function.identity())));
    }

    /** Stores where to resume, and each loss (retention, truncation, a recreated topic) as a gap: none is silent. */
    private Uni<Void> settle(Collection<ResumePoint> points) {
        List<Position> positions = points.stream().map(ResumePoint::position).toList();
        List<Gap> gaps = points.stream().flatMap(point -> point.gaps().stream()).toList();
        Tuple parameters = Tuple.tuple()
                .addValue(array(positions, position -> position.partition().topic(), new String[0]))
                .addValue(array(positions, position -> position.partition().partition(), new Integer[0]))
                .addValue(array(positions, Position::epoch, new Long[0]))
                .addValue(array(positions, Position::next, new Long[0]))
                .addValue(array(positions, Position::seen, new Long[0]))
                .addValue(array(positions, Position::topicId, new String[0]))
                .addValue(array(positions, Position::leaderEpoch, new Integer[0]))
                .addValue(array(positions, Position::base, new Long[0]));
        return transactions
                .run(connection -> connection
                        .preparedQuery(settle)
                        .execute(parameters)
                        .invoke(settled -> {
                            if (settled.rowCount() != positions.size()) {
                                throw new FencedException("Somebody else has taken over what this owner had just got");
                            }
                        })
                        .chain(() -> gaps.isEmpty() ? Uni.createFrom().voidItem() : record(connection, gaps)))
                .invoke(() -> gaps.forEach(gap -> LOG.errorf("%s: %s", schema, gap)));
    }

    private Uni<Void> record(SqlConnection connection, List<Gap> gaps) {
        List<Tuple> rows = gaps.stream()
                .map(gap -> Tuple.of(
                        gap.partition().topic(),
                        gap.partition().partition(),
                        gap.topicId(),
                        gap.reason().name(),
                        gap.from(),
                        gap.to()))
                .toList();
        return connection
                .preparedQuery(PositionSql.recordGap(schema))
                .executeBatch(rows)
                .replaceWithVoid();
    }

    /**
     * Moves the positions past trailing offsets that hold no record, such as transaction markers. Fails with a {@link
     * FencedException} if one is before what has been written: then PostgreSQL has lost what it had committed.
     *
     * @param written up to where records have been written
     */
    public Uni<Void> reach(List<Position> reached, Map<TopicPartition, Long> written) {
        Tuple parameters = Tuple.of(
                array(reached, position -> position.partition().topic(), new String[0]),
                array(reached, position -> position.partition().partition(), new Integer[0]),
                array(reached, Position::next, new Long[0]),
                array(reached, Position::epoch, new Long[0]),
                array(reached, Position::leaderEpoch, new Integer[0]),
                array(reached, position -> written.get(position.partition()), new Long[0]));
        return transactions.run(connection -> connection
                .preparedQuery(reach)
                .execute(parameters)
                .invoke(rows -> {
                    if (rows.iterator().next().getLong(0) > 0) {
                        throw new FencedException("A position is before what has been written: " + written);
                    }
                })
                .replaceWithVoid());
    }

    /**
     * Moves the positions on past a batch and tells the counters' triggers the partition ({@code counter_share()}); the
     * first statement of a batch's transaction.
     *
     * <p>Fails with a {@link FencedException} if a partition has a new owner, or a position is before where the batch goes on
     * from: PostgreSQL has lost what it had committed (a standby that was behind has taken its place, a crash without waiting
     * for the disk), and who went on would leave a hole. Fails with a {@link PausedException} while the projection is paused:
     * once the pause is committed, no batch that begins later changes anything.
     */
    Uni<Void> advance(SqlConnection connection, WriteBatch batch, Epochs epochs) {
        List<WriteBatch.Advance> advances = batch.advances();
        Tuple parameters = Tuple.tuple()
                .addInteger(batch.partition())
                .addValue(array(advances, WriteBatch.Advance::topic, new String[0]))
                .addValue(array(advances, WriteBatch.Advance::next, new Long[0]))
                .addValue(array(advances, advance -> epochs.of(advance.topic()), new Long[0]))
                .addValue(array(advances, WriteBatch.Advance::eventAt, new OffsetDateTime[0]))
                .addValue(array(advances, WriteBatch.Advance::leaderEpoch, new Integer[0]))
                .addValue(array(advances, WriteBatch.Advance::from, new Long[0]));
        return connection
                .preparedQuery(advance)
                .execute(parameters)
                .map(rows -> rows.iterator().next())
                .invoke(row -> {
                    if (row.getBoolean("paused")) {
                        throw new PausedException();
                    }
                    if (row.getLong(0) != advances.size()) {
                        throw new FencedException(
                                "Partition %d has a new owner (the position's epoch is no longer one of %s), or its position is before where %s go on from"
                                        .formatted(batch.partition(), epochs, advances));
                    }
                })
                .replaceWithVoid();
    }

    /** Has who takes the partition over wait for the end of the transaction. Fails with a {@link FencedException} after that. */
    public Uni<Void> hold(SqlConnection connection, Position owned) {
        TopicPartition partition = owned.partition();
        return connection
                .preparedQuery(hold)
                .execute(Tuple.of(partition.topic(), partition.partition(), owned.epoch()))
                .invoke(rows -> {
                    if (rows.size() == 0) {
                        throw new FencedException("%s has a new owner".formatted(partition));
                    }
                })
                .replaceWithVoid();
    }

    private static <S, T> T[] array(List<S> sources, Function<S, T> value, T[] type) {
        List<T> values = new ArrayList<>(sources.size());
        sources.forEach(source -> values.add(value.apply(source)));
        return values.toArray(type);
    }
}
