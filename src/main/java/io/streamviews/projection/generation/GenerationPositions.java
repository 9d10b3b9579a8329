package io.streamviews.projection.generation;

import io.streamviews.projection.PositionSql;

/** The SQL on the positions of two generations: how far one is compared with the other, and what it takes over from it. */
public final class GenerationPositions {

    private static final String PAIRS = "FROM %s AS n JOIN %s AS l USING (topic, partition)";

    private static final String OF_OTHER_LOGS =
            """
            SELECT format('%%s-%%s', topic, partition) %1$s
            WHERE n.topic_id <> l.topic_id OR n.base <> l.base
            ORDER BY topic, partition
            """;

    /** Of what the next generation reads: a place that it has inherited, and nobody has taken over, is of a topic that it leaves out. */
    private static final String IS_LEVEL = "SELECT count(*) = 0 %1$s WHERE n.epoch > 0 AND n.next_offset < l.seen";

    private static final String ARE_AT_ONE_PLACE =
            """
            SELECT count(*) = 0 %1$s WHERE n.epoch > 0 AND (n.next_offset <> l.next_offset OR l.seen > l.next_offset)
            """;

    private static final String INHERIT_PLACES =
            """
            INSERT INTO %1$s.projection_position (topic, partition, next_offset, seen_offset, epoch, owner, base)
            SELECT topic, partition, 0, 0, 0, 'nobody', base FROM %2$s AS l
            WHERE topic = ANY(%3$s) OR topic IN (SELECT topic FROM %2$s AS o WHERE o.base <> 0)
            ON CONFLICT DO NOTHING
            """;

    /** When such a topic is there again it is read from its beginning, and whether it is the same one can be told. */
    private static final String INHERIT_UNREAD =
            """
            INSERT INTO %1$s.projection_position AS n
                (topic, partition, next_offset, seen_offset, epoch, owner, last_event_at, topic_id, leader_epoch, base)
            SELECT topic, partition, 0, CASE WHEN topic = ANY($4::text[]) THEN 0 ELSE seen END, 0, 'nobody', last_event_at,
                   topic_id, leader_epoch, base
            FROM %2$s AS l
            WHERE topic = ANY($1::text[])
              AND (topic, partition) NOT IN (SELECT * FROM unnest($2::text[], $3::integer[]))
            ON CONFLICT (topic, partition) DO UPDATE
            SET next_offset = 0, seen_offset = excluded.seen_offset, epoch = 0, owner = excluded.owner,
                last_event_at = excluded.last_event_at, topic_id = excluded.topic_id,
                leader_epoch = excluded.leader_epoch, base = excluded.base
            """;

    private static final String HAND_OVER =
            """
            INSERT INTO %1$s.projection_end
            SELECT l.* FROM %2$s.projection_end AS l JOIN %1$s.projection_position n USING (topic, partition)
            WHERE n.epoch > 0 ON CONFLICT DO NOTHING;
            UPDATE %1$s.projection_position n
            SET epoch = l.epoch, owner = l.owner, last_event_at = l.last_event_at, updated_at = l.updated_at,
                leader_epoch = greatest(n.leader_epoch,
                                        CASE WHEN l.next_offset = n.next_offset THEN l.leader_epoch END)
            FROM %3$s AS l
            WHERE l.topic = n.topic AND l.partition = n.partition;
            DELETE FROM %1$s.projection_gap g USING %3$s AS l
            WHERE l.topic = g.topic AND l.partition = g.partition AND g.reason = 'RETENTION' AND g.to_offset <= l.seen;
            INSERT INTO %1$s.projection_gap SELECT * FROM %2$s.projection_gap ON CONFLICT DO NOTHING;
            INSERT INTO %1$s.projection_pause SELECT * FROM %2$s.projection_pause ON CONFLICT DO NOTHING;
            """;

    private static final String HAND_BACK =
            """
            UPDATE %1$s.projection_position p
            SET epoch = greatest(p.epoch, l.epoch) + 1, owner = 'rollback'
            FROM %3$s AS l
            WHERE l.topic = p.topic AND l.partition = p.partition;
            DELETE FROM %1$s.projection_pause;
            INSERT INTO %1$s.projection_pause SELECT * FROM %2$s.projection_pause;
            DELETE FROM %1$s.projection_end;
            INSERT INTO %1$s.projection_end
            SELECT topic, partition, end_offset, p.updated_at, seen_at
            FROM %2$s.projection_end JOIN %1$s.projection_position p USING (topic, partition);
            """;

    private GenerationPositions() {}

    /**
     * Names the partitions of which the generations have read different logs: offsets and places in one say nothing of the other.
     */
    public static String ofOtherLogs(String next, String live) {
        return OF_OTHER_LOGS.formatted(pairs(next, live));
    }

    /** Whether a generation has everything that readers of the live one may have seen. */
    static String isLevel(String next, String live) {
        return IS_LEVEL.formatted(pairs(next, live));
    }

    /** Whether both have read each partition up to one place, and nothing after it. */
    static String areAtOnePlace(String next, String live) {
        return ARE_AT_ONE_PLACE.formatted(pairs(next, live));
    }

    /** Takes over each partition's {@code base}, so that the places of a new generation continue those of the live one. */
    static String inheritPlaces(String next, String live, String topics) {
        return INHERIT_PLACES.formatted(next, PositionSql.relation(live), topics);
    }

    /**
     * Takes over the places of topics, $1, of partitions that the next generation cannot read now, which are all but those of topics $2
     * with numbers $3. Of topics $4 it does not have what was read there.
     */
    static String inheritUnread(String next, String live) {
        return INHERIT_UNREAD.formatted(next, PositionSql.relation(live));
    }

    /**
     * Gives the next generation the live epochs: it is not behind, so the live tasks go on in it without taking over.
     * Of leader epochs the live one counts only where both are at the same offset; and how far a partition is behind is not
     * known where the next one has not read it. What retention has removed before the next one had read it, and the live one had,
     * is no gap: it has been taken over.
     */
    static String handOver(String live, String next) {
        return HAND_OVER.formatted(next, live, PositionSql.relation(live));
    }

    /** The former generation is behind, so its epochs are raised: the live tasks are fenced, and take it over. */
    static String handBack(String live, String former) {
        return HAND_BACK.formatted(former, live, PositionSql.relation(live));
    }

    private static String pairs(String next, String live) {
        return PAIRS.formatted(PositionSql.relation(next), PositionSql.relation(live));
    }
}
