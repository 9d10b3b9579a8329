package io.streamviews.rebuild;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.streamviews.kafka.LogOffsets;
import io.streamviews.kafka.PartitionCounts;
import io.streamviews.projection.PositionSql;
import io.streamviews.projection.generation.Views;
import io.streamviews.rebuild.ReplayRequest.From;
import io.streamviews.rest.RefusedException;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.TopicPartition;

/**
 * Has the live tasks read events again, which changes only what is not as the events say: one transaction lowers the
 * positions and raises the epochs, so that whoever owns the partitions finds within a second or two that they are to be
 * taken over again, and does so from the lowered positions. What readers may rely on, the furthest place read, stays.
 */
@ApplicationScoped
class Replays {

    private static final String BOUND_WAIT = "SET LOCAL lock_timeout = '5s'";
    private static final String INSERT = "INSERT INTO public.replay (topic) VALUES ($1) RETURNING id";

    /**
     * A replay is finished once, for good: a later one would lower its position again. A log that is gone counts as
     * read.
     */
    private static final String FINISH =
            """
            UPDATE public.replay r SET finished_at = now()
            WHERE r.finished_at IS NULL
              AND NOT EXISTS (
                SELECT FROM public.replay_partition s
                JOIN %s AS p ON p.topic = r.topic AND p.partition = s.partition
                WHERE s.replay_id = r.id AND p.next_offset < s.to_offset AND p.base = coalesce(s.base, p.base))
            """
                    .formatted(PositionSql.relation(Views.LIVE));

    /** A partition of which nothing has been read yet, or nothing from there on, has nothing to be read again. */
    private static final String LOWER = PositionSql.lower(Views.LIVE, "replay")
            + """
            INSERT INTO public.replay_partition (replay_id, partition, from_offset, to_offset, base)
            SELECT $4, partition, least(from_offset, to_offset), to_offset, base FROM asked
            """;

    /** One of partitions that nobody has taken over yet has none of them. */
    private static final String FIND =
            """
            SELECT r.id, r.topic, r.requested_at, r.finished_at, s.partition, s.from_offset, s.to_offset,
                   CASE WHEN r.finished_at IS NULL
                        THEN greatest(s.from_offset, least(s.to_offset, p.next_offset)) ELSE s.to_offset END AS position
            FROM public.replay r
            LEFT JOIN public.replay_partition s ON s.replay_id = r.id
            LEFT JOIN %s AS p ON p.topic = r.topic AND p.partition = s.partition
            WHERE r.id = $1
            ORDER BY s.partition
            """
                    .formatted(PositionSql.relation(Views.LIVE));

    private final Pool pool;
    private final LogOffsets offsets;
    private final Views views;
    private final PartitionCounts counts;

    Replays(Pool pool, Admin admin, Views views, PartitionCounts counts) {
        this.pool = pool;
        this.offsets = new LogOffsets(admin);
        this.views = views;
        this.counts = counts;
    }

    /** Fails (400) if no view is of such a topic or partition, (409) while a replay of it is under way, or it does not exist yet. */
    Uni<Replay> request(ReplayRequest request) {
        From place = request.place();
        List<String> topics = views.topics();
        if (!topics.contains(request.topic())) {
            throw RefusedException.violation("topic", "must be one of " + String.join(", ", topics));
        }
        return Uni.createFrom()
                .item(() -> begin(partitions(request), place))
                .runSubscriptionOn(Infrastructure.getDefaultWorkerPool())
                .flatMap(from -> pool.withTransaction(connection -> lower(connection, request.topic(), from)))
                .onFailure(Rebuilds::isThereAlready)
                .transform(there ->
                        RefusedException.conflict("A replay of %s is under way already".formatted(request.topic())))
                .flatMap(this::find);
    }

    /** Fails (404) if there is none. */
    Uni<Replay> find(long id) {
        return pool.query(FINISH)
                .execute()
                .chain(() -> pool.preparedQuery(FIND).execute(Tuple.of(id)))
                .map(rows -> replay(id, rows));
    }

    /** Blocks. Of partitions that there are not, Kafka's client would ask over and over until its time is up. */
    private List<TopicPartition> partitions(ReplayRequest request) {
        int partitionsEach = counts.of(List.of(request.topic())).getOrDefault(request.topic(), 0);
        if (partitionsEach == 0) {
            throw RefusedException.conflict("Topic %s does not exist yet".formatted(request.topic()));
        }
        List<Integer> asked =
                request.partitions() == null || request.partitions().isEmpty()
                        ? IntStream.range(0, partitionsEach).boxed().toList()
                        : request.partitions();
        if (asked.stream().anyMatch(partition -> partition == null || partition < 0 || partition >= partitionsEach)) {
            throw RefusedException.violation("partitions", "must be from 0 to " + (partitionsEach - 1));
        }
        return asked.stream()
                .distinct()
                .map(partition -> new TopicPartition(request.topic(), partition))
                .toList();
    }

    /** Never before what the log still has: it would be taken for a loss. */
    private Map<TopicPartition, Long> begin(List<TopicPartition> partitions, From place) {
        Map<TopicPartition, Long> beginnings = offsets.beginnings(partitions);
        Map<TopicPartition, Long> since =
                place instanceof From.Time at ? offsets.since(partitions, at.time()) : Map.of();
        return beginnings.entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey, entry -> {
            long wanted = place instanceof From.Offset at ? at.offset() : since.getOrDefault(entry.getKey(), 0L);
            // no record is that late: nothing is read again
            return wanted < 0 ? Long.MAX_VALUE : Math.max(wanted, entry.getValue());
        }));
    }

    private Uni<Long> lower(SqlConnection connection, String topic, Map<TopicPartition, Long> from) {
        List<Map.Entry<TopicPartition, Long>> places = List.copyOf(from.entrySet());
        return connection
                .query(BOUND_WAIT)
                .execute()
                .chain(() -> connection.query(FINISH).execute())
                .chain(() -> connection.preparedQuery(INSERT).execute(Tuple.of(topic)))
                .map(rows -> rows.iterator().next().getLong(0))
                .call(id -> connection
                        .preparedQuery(LOWER)
                        .execute(Tuple.of(
                                topic,
                                places.stream()
                                        .map(place -> place.getKey().partition())
                                        .toArray(Integer[]::new),
                                places.stream().map(Map.Entry::getValue).toArray(Long[]::new),
                                id)));
    }

    private static Replay replay(long id, RowSet<Row> rows) {
        if (rows.size() == 0) {
            throw RefusedException.unknown("Replay", id);
        }
        Row first = rows.iterator().next();
        OffsetDateTime finished = first.getOffsetDateTime("finished_at");
        return Replay.of(
                id,
                first.getString("topic"),
                first.getOffsetDateTime("requested_at").toInstant(),
                finished == null ? null : finished.toInstant(),
                StreamSupport.stream(rows.spliterator(), false)
                        .filter(row -> row.getInteger("partition") != null)
                        .map(row -> new Replay.Partition(
                                row.getInteger("partition"),
                                row.getLong("from_offset"),
                                row.getLong("to_offset"),
                                row.getLong("position")))
                        .toList());
    }
}
