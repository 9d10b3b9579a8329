package io.streamviews.feed;

import io.smallrye.mutiny.Uni;
import io.streamviews.consistency.CommitCounter;
import io.streamviews.projection.PositionSql;
import io.streamviews.projection.generation.Views;
import io.streamviews.source.Identifiers;
import io.streamviews.view.ErasedRows;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What the live views have in them, as PostgreSQL says. One question at a time is asked for all feeds. Blocks but where it
 * says otherwise: for feeds' threads only.
 */
@ApplicationScoped
class Committed {

    private static final String SEEN =
            "SELECT topic, partition, seen, base FROM %s AS p".formatted(PositionSql.relation(Views.LIVE));
    private static final String DEAD =
            """
            SELECT d.partition, d."offset"
            FROM unnest($2::int[], $3::bigint[], $4::bigint[]) AS r(partition, low, high)
            JOIN %s AS p ON p.topic = $1 AND p.partition = r.partition
            JOIN views.dead_letter d
                ON d.topic = $1 AND d.partition = r.partition AND d."offset" BETWEEN r.low AND r.high
               AND d.place = p.base + d."offset"
            """
                    .formatted(PositionSql.relation(Views.LIVE));
    private static final String IS_DERIVED = "SELECT FROM views.derived_view WHERE name = $1";
    /** Rows up to $1 of them and $2 bytes; null for what is more. */
    private static final String ROWS =
            """
            SELECT CASE WHEN sum(octet_length(told)) OVER (ROWS UNBOUNDED PRECEDING) <= $2
                         AND row_number() OVER () <= $1 THEN told END
            FROM (SELECT row_to_json(v)::text AS told FROM views.%s AS v LIMIT $1::bigint + 1) AS r
            """;

    private final Pool pool;
    private final CommitCounter commits;
    private final ErasedRows erased;
    private Map<String, Map<Integer, Seen>> seen = Map.of();
    private long seenAt = -1;

    Committed(Pool pool, CommitCounter commits, ErasedRows erased) {
        this.pool = pool;
        this.commits = commits;
        this.erased = erased;
    }

    /**
     * How far a partition has been seen.
     *
     * @param offset the views hold everything before it
     * @param base added to an offset it gives a place; it rises when the log is recreated or truncated
     */
    record Seen(long offset, long base) {

        static final Seen NOTHING = new Seen(0, 0);
    }

    /** A record in a topic. */
    record PartitionOffset(int partition, long offset) {}

    /**
     * How far the views have seen a topic, by partition; partitions that nobody has read yet are absent.
     *
     * @param asOf the number of a commit that the answer must not be older than; see {@link CommitCounter}
     */
    synchronized Map<Integer, Seen> seen(String topic, long asOf) {
        if (seenAt < asOf) {
            Map<String, Map<Integer, Seen>> read = new HashMap<>();
            long at = commits.count();
            ask(SEEN, Tuple.tuple()).forEach(row -> read.computeIfAbsent(row.getString(0), t -> new HashMap<>())
                    .put(row.getInteger(1), new Seen(row.getLong(2), row.getLong(3))));
            seen = read;
            seenAt = at;
        }
        return seen.getOrDefault(topic, Map.of());
    }

    /** The dead letters between the first and the last of the given places of each partition. */
    Set<PartitionOffset> deadLetters(String topic, Set<PartitionOffset> places) {
        Map<Integer, Long> low = new HashMap<>();
        Map<Integer, Long> high = new HashMap<>();
        places.forEach(place -> {
            low.merge(place.partition(), place.offset(), Math::min);
            high.merge(place.partition(), place.offset(), Math::max);
        });
        Integer[] partitions = low.keySet().toArray(Integer[]::new);
        Set<PartitionOffset> dead = new HashSet<>();
        ask(
                        DEAD,
                        Tuple.of(
                                topic,
                                partitions,
                                low.values().toArray(Long[]::new),
                                Arrays.stream(partitions).map(high::get).toArray(Long[]::new)))
                .forEach(row -> dead.add(new PartitionOffset(row.getInteger(0), row.getLong(1))));
        return dead;
    }

    /** Of whom nothing may be told. */
    ErasedRows.Known erased() {
        return erased.known();
    }

    /** Does not block. */
    Uni<Boolean> isDerivedView(String name) {
        return pool.preparedQuery(IS_DERIVED).execute(Tuple.of(name)).map(found -> found.size() > 0);
    }

    /**
     * A derived view's rows, as JSON, and how often each is there: rows without a key may be equal.
     *
     * @param name of a view that there is
     * @throws TooLargeException if it is larger than the configuration allows; then no more than that has been read
     */
    Map<String, Integer> rows(String name, FeedConfig config) {
        Tuple limits = Tuple.of((long) config.maxRows(), config.maxViewBytes().asLongValue());
        Map<String, Integer> rows = new HashMap<>();
        for (Row row : ask(ROWS.formatted(Identifiers.quoted(name)), limits)) {
            String told = row.getString(0);
            if (told == null) {
                throw new TooLargeException(name, config);
            }
            rows.merge(told, 1, Integer::sum);
        }
        return rows;
    }

    private RowSet<Row> ask(String sql, Tuple parameters) {
        return pool.preparedQuery(sql).execute(parameters).await().indefinitely();
    }
}
