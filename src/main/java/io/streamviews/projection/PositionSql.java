package io.streamviews.projection;

import java.time.Duration;

/**
 * The SQL on a generation's positions for all but their owners, who have {@link Positions}: how they are read beside something
 * else, how somebody takes a turn among the batches, and how they are changed behind an owner's back. It is text, no view and no
 * function of the engine's SQL: a generation that a former release has made has only what that release knew.
 */
public final class PositionSql {

    private static final String TABLE = "%s.projection_position";

    private static final String RELATION = "(SELECT *, greatest(next_offset, seen_offset) AS seen FROM " + TABLE + ")";

    private static final String LOCK = "SET LOCAL lock_timeout = '%2$d ms'; LOCK TABLE %1$s IN %3$s MODE";

    private static final String HAS_BATCHES =
            """
            EXISTS (SELECT FROM pg_locks l JOIN pg_stat_activity a USING (pid)
                    WHERE l.relation = '%1$s'::regclass AND l.mode = 'RowExclusiveLock' AND l.granted
                      AND a.datname = current_database() AND a.xact_start < %2$s)
            """;

    private static final String TURN =
            """
            SELECT set_config('streamviews.partition', '%2$s', true),
                   (SELECT count(*) FROM (SELECT FROM %1$s WHERE partition = %2$s ORDER BY topic FOR UPDATE) AS p)
            """;

    private static final String LOWER =
            """
            WITH asked AS (
                SELECT p.topic, p.partition, a.from_offset, p.next_offset, p.base,
                       greatest(p.next_offset, p.seen_offset) AS to_offset
                FROM unnest($2::integer[], $3::bigint[]) AS a(partition, from_offset)
                JOIN %1$s p ON p.topic = $1 AND p.partition = a.partition
                ORDER BY p.partition
                FOR UPDATE OF p),
            lowered AS (
                UPDATE %1$s p
                SET next_offset = a.from_offset, epoch = p.epoch + 1, owner = '%2$s', updated_at = now()
                FROM asked a
                WHERE p.topic = a.topic AND p.partition = a.partition AND a.from_offset < p.next_offset)
            """;

    private static final String FENCE = "UPDATE %1$s SET epoch = epoch + 1, owner = '%2$s'";

    /**
     * A key goes to another partition when some are added, whose offsets say nothing of those where it was before: what is added
     * later has its places behind all that those will ever have, which is 2^40 records. It is the same in each generation.
     */
    private static final String KNOW =
            """
            INSERT INTO %1$s.projection_position (topic, partition, next_offset, epoch, owner, base)
            SELECT t.topic, p.partition, 0, 0, 'nobody',
                   coalesce((SELECT ((max(greatest(o.base, 0)) >> 40) + 1) << 40 FROM %1$s.projection_position o WHERE o.topic = t.topic), 0)
            FROM unnest($1::text[], $2::integer[]) AS t(topic, count), generate_series(0, t.count - 1) AS p(partition)
            WHERE NOT EXISTS (SELECT FROM %1$s.projection_position o WHERE (o.topic, o.partition) = (t.topic, p.partition))
            ORDER BY t.topic, p.partition
            ON CONFLICT DO NOTHING
            """;

    private static final String RECORD_GAP =
            """
            INSERT INTO %1$s.projection_gap AS g
                   (topic, partition, topic_id, reason, from_offset, to_offset, last_event_at)
            SELECT $1, $2, $3, $4, $5, $6, p.last_event_at
            FROM %1$s.projection_position p WHERE p.topic = $1 AND p.partition = $2
            ON CONFLICT (topic, partition, topic_id, from_offset)
            DO UPDATE SET to_offset = greatest(g.to_offset, excluded.to_offset), reason = excluded.reason
            """;

    /** What the places of partitions that are added later are behind, or a multiple of it. */
    public static final long ADDED_LATER = 1L << 40;

    private PositionSql() {}

    /** A lock on the positions as a whole. A batch has one from its first statement to its end; see {@link Positions#advance}. */
    public enum Lock {

        /** Among the batches, and not while somebody keeps them away: what is done then is done to the generation of that name. */
        AMONG_BATCHES("ROW EXCLUSIVE"),

        /** Once the batches that have begun are over. */
        AFTER_BATCHES("SHARE"),

        /** No batch, and nobody's {@link #turn}, has begun and is not over, until the transaction ends. */
        WITHOUT_BATCHES("EXCLUSIVE");

        private final String mode;

        Lock(String mode) {
            this.mode = mode;
        }

        /** Two statements; they fail (55P03) if that takes longer. */
        public String of(String schema, Duration patience) {
            return LOCK.formatted(table(schema), patience.toMillis(), mode);
        }
    }

    static String table(String schema) {
        return TABLE.formatted(schema);
    }

    /**
     * The positions, to stand after FROM or JOIN: the table's columns, and {@code seen}, up to where the views have ever held
     * everything, also while a replay reads some of it again. That is what readers rely on; {@code next_offset} is where the
     * projection goes on. (Generations of old releases have rows whose {@code seen_offset} was never written.)
     */
    public static String relation(String schema) {
        return RELATION.formatted(schema);
    }

    /** A condition: whether a batch that began before a moment is not over. */
    public static String hasBatchesFromBefore(String schema, String moment) {
        return HAS_BATCHES.formatted(table(schema), moment);
    }

    /**
     * Has the transaction take its turn among a partition's batches, those of all topics, and before an exchange of generations.
     * Counters take what it does for the partition's.
     */
    public static String turn(String schema, int partition) {
        return TURN.formatted(table(schema), partition);
    }

    /**
     * A WITH clause that has owners read again, from offsets $3, the partitions $2 of a topic, $1: they find their epochs raised,
     * and take their partitions over from there. Up to where there is something to be read again is {@code to_offset} of
     * {@code asked}. A partition of which nothing has been read yet is not in that; one of which nothing has been read from there
     * on stays as it is.
     *
     * @param owner who is named as its owner until somebody takes it over
     */
    public static String lower(String schema, String owner) {
        return LOWER.formatted(table(schema), owner);
    }

    /** Has all owners take their partitions over again. */
    public static String fence(String schema, String owner) {
        return FENCE.formatted(table(schema), owner);
    }

    /** Notes all partitions of topics $1, of which there are as many as $2 says. */
    static String know(String schema) {
        return KNOW.formatted(schema);
    }

    /** Notes what Kafka has lost, $1 to $6; more than was noted of it before, or less. */
    static String recordGap(String schema) {
        return RECORD_GAP.formatted(schema);
    }
}
