package io.streamviews.projection;

import io.smallrye.mutiny.Uni;
import io.streamviews.projection.Suspensions.Suspension;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/** What PostgreSQL keeps of a generation's progress: the positions, and where the topics ended when somebody last looked. */
final class StoredProgress {

    private static final String POSITIONS =
            """
            SELECT topic, partition, next_offset, epoch, EXISTS (SELECT FROM %1$s.projection_pause) AS paused,
                   (SELECT count(*) FROM %1$s.projection_gap) AS gaps, topic_id, seen, (%2$s) AS suspended
            FROM %3$s AS p
            """;

    /** Generations of former releases have no such columns. */
    private static final String SUSPENDED =
            """
            SELECT coalesce(json_agg(json_build_object(
                       'view', d.name, 'since', extract(epoch FROM (j ->> 'suspended_at')::timestamptz), 'error', j ->> 'error')
                       ORDER BY d.name), '[]')
            FROM %1$s.derived_view d, to_jsonb(d) AS j WHERE j ->> 'suspended_at' IS NOT NULL
            """;

    /** An end that is unchanged is written again only after ten seconds, not by each instance at each look. */
    private static final String STORE_ENDS =
            """
            INSERT INTO %1$s.projection_end AS e (topic, partition, end_offset, caught_up_at, seen_at)
            SELECT n.topic, n.partition, n.end_offset, n.caught_up_at, now()
            FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::timestamptz[])
                AS n(topic, partition, end_offset, caught_up_at)
            ORDER BY n.topic, n.partition
            ON CONFLICT (topic, partition) DO UPDATE
            SET end_offset = excluded.end_offset, seen_at = excluded.seen_at,
                caught_up_at = greatest(e.caught_up_at, excluded.caught_up_at)
            WHERE e.end_offset <> excluded.end_offset OR e.seen_at < now() - interval '10 seconds'
            """;

    private final ViewTransactions transactions;
    private final String positions;
    private final String storeEnds;

    StoredProgress(ViewTransactions transactions, String schema) {
        this.transactions = transactions;
        this.positions = POSITIONS.formatted(schema, SUSPENDED.formatted(schema), PositionSql.relation(schema));
        this.storeEnds = STORE_ENDS.formatted(schema);
    }

    /** What PostgreSQL says. */
    record Read(
            boolean paused,
            long gaps,
            List<Suspension> suspended,
            Map<TopicPartition, Long> positions,
            Map<TopicPartition, Long> epochs,
            Map<TopicPartition, Held> held) {}

    /** What the views hold of a log: everything before an offset, or what there was of it. Of none yet: id null. */
    record Held(String topicId, long upTo) {}

    Uni<Read> read() {
        return transactions
                .run(connection -> connection.query(positions).execute())
                .map(StoredProgress::read);
    }

    private static Read read(RowSet<Row> rows) {
        Map<TopicPartition, Long> found = new HashMap<>();
        Map<TopicPartition, Long> epochs = new HashMap<>();
        Map<TopicPartition, Held> held = new HashMap<>();
        boolean paused = false;
        long gaps = 0;
        List<Suspension> suspended = List.of();
        for (Row row : rows) {
            TopicPartition partition = new TopicPartition(row.getString(0), row.getInteger(1));
            found.put(partition, row.getLong(2));
            epochs.put(partition, row.getLong(3));
            paused = row.getBoolean(4);
            gaps = row.getLong(5);
            suspended = suspended(row.getJsonArray("suspended"));
            held.put(partition, new Held(row.getString(6), row.getLong(7)));
        }
        return new Read(paused, gaps, suspended, found, epochs, held);
    }

    private static List<Suspension> suspended(JsonArray views) {
        return views.stream()
                .map(JsonObject.class::cast)
                .map(view -> new Suspension(
                        view.getString("view"),
                        Instant.ofEpochSecond(view.getNumber("since").longValue()),
                        view.getString("error")))
                .toList();
    }

    /** @param caughtUpAt until when the views are known to have held all of a partition */
    Uni<Void> storeEnds(Map<TopicPartition, Long> ends, Map<TopicPartition, OffsetDateTime> caughtUpAt) {
        List<TopicPartition> partitions = List.copyOf(ends.keySet());
        Tuple parameters = Tuple.of(
                partitions.stream().map(TopicPartition::topic).toArray(String[]::new),
                partitions.stream().map(TopicPartition::partition).toArray(Integer[]::new),
                partitions.stream().map(ends::get).toArray(Long[]::new),
                partitions.stream().map(caughtUpAt::get).toArray(OffsetDateTime[]::new));
        return transactions.run(connection ->
                connection.preparedQuery(storeEnds).execute(parameters).replaceWithVoid());
    }
}
