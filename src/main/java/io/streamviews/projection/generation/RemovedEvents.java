package io.streamviews.projection.generation;

import io.smallrye.mutiny.Uni;
import io.streamviews.projection.KeySql;
import io.streamviews.projection.TombstoneSql;
import io.streamviews.source.BaseView;
import io.streamviews.source.Identifiers;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

/**
 * Live rows, tombstones and dead letters of events that the topics do not hold any more: retention has removed them, the topic was
 * made anew, or it is not there or not to be seen. They are taken over as they are, unless the topic says something newer.
 */
final class RemovedEvents {

    private static final Logger LOG = Logger.getLogger(RemovedEvents.class);

    private static final String LOST =
            "The topics do not hold the events of these rows any more, and the new files read their keys or versions otherwise:"
                    + " only a rebuild with dropRemoved=true goes on without them";

    private static final String COUNT = "SELECT count(*) FROM views.%1$s WHERE source_offset < $1";

    private static final String KEEP_TOMBSTONES =
            """
            INSERT INTO views_next.tombstone AS t (base_view, key, erased_before, version, source_offset)
            SELECT base_view, key, erased_before, version, source_offset FROM views.tombstone
            WHERE base_view = $2 AND least(erased_before, source_offset) < $1
            """
                    + TombstoneSql.MERGE;

    private static final String KEEP_ROWS =
            """
            INSERT INTO views_next.%1$s AS n (%3$s)
            SELECT %4$s FROM views.%1$s v
            WHERE v.source_offset < $1
              AND NOT EXISTS (SELECT FROM views_next.tombstone t WHERE t.base_view = $2 AND %5$s AND %6$s)
            ON CONFLICT (%2$s) DO UPDATE SET (%3$s) = ROW(%7$s)
            WHERE (excluded.version, excluded.source_offset) > (n.version, n.source_offset)
            """;

    private static final String KEEP_LETTERS =
            """
            INSERT INTO views_next.dead_letter (topic, partition, "offset", key, payload, error, base_view, row_key,
                                                attempts, event_at, failed_at, place, headers)
            SELECT topic, partition, "offset", key, payload, error, base_view, row_key,
                   attempts, event_at, failed_at, place, headers
            FROM views.dead_letter d
            LEFT JOIN unnest($2::text[], $3::integer[], $4::bigint[]) AS l(topic, partition, first) USING (topic, partition)
            WHERE topic = ANY($1::text[]) AND (l.first IS NULL OR d.place < l.first)
            ON CONFLICT DO NOTHING
            """;

    private final SqlClient client;
    private final FilledLogs logs;

    /** @param client in a transaction that has both generations to itself */
    RemovedEvents(SqlClient client, FilledLogs logs) {
        this.client = client;
        this.logs = logs;
    }

    /** Takes over the places of topics that could not be read, too, and that alone if somebody wants to do without the rest. */
    Uni<Void> keep(List<BaseView> views, List<SharedView> shared, boolean dropRemoved) {
        String[] topics = views.stream().map(BaseView::topic).distinct().toArray(String[]::new);
        Uni<Void> all = dropRemoved ? Uni.createFrom().voidItem() : keep(shared).chain(() -> keepLetters(topics));
        return all.chain(() -> client.preparedQuery(GenerationPositions.inheritUnread(Generations.NEXT, Views.LIVE))
                        .execute(Tuple.of(topics)))
                .replaceWithVoid();
    }

    private Uni<Void> keep(List<SharedView> shared) {
        List<String> lost = new ArrayList<>();
        Uni<Void> all = Uni.createFrom().voidItem();
        for (SharedView each : shared) {
            long first = logs.firstPlace(each.view().topic());
            if (first > 0) {
                all = all.chain(() -> each.isContinued() ? keep(each, first) : count(each, first, lost));
            }
        }
        return all.invoke(() -> RefusedGenerationException.ifAny(lost, LOST));
    }

    private Uni<Void> keep(SharedView shared, long first) {
        BaseView view = shared.view();
        Tuple removed = Tuple.of(first, view.table());
        return client.preparedQuery(KEEP_TOMBSTONES)
                .execute(removed)
                .chain(() -> client.query(BuildTables.deleteVoid(Generations.NEXT, view))
                        .execute())
                .chain(() -> client.preparedQuery(keepRows(shared)).execute(removed))
                .invoke(rows -> tell(rows.rowCount(), view))
                .replaceWithVoid();
    }

    private static void tell(int rows, BaseView view) {
        if (rows > 0) {
            LOG.warnf(
                    "%d rows of %s are taken over as they are: %s does not hold their events any more",
                    rows, view.table(), view.topic());
        }
    }

    private Uni<Void> count(SharedView shared, long first, List<String> lost) {
        String table = Identifiers.quoted(shared.view().table());
        return client.preparedQuery(COUNT.formatted(table))
                .execute(Tuple.of(first))
                .map(rows -> rows.iterator().next().getLong(0))
                .invoke(rows -> {
                    if (rows > 0) {
                        lost.add("%d of %s".formatted(rows, shared.view().table()));
                    }
                })
                .replaceWithVoid();
    }

    private static String keepRows(SharedView shared) {
        BaseView view = shared.view();
        return KEEP_ROWS.formatted(
                Identifiers.quoted(view.table()),
                KeySql.columns(view),
                String.join(", ", shared.columns()),
                String.join(", ", shared.values()),
                KeySql.matches(view, "v", "t.key"),
                TombstoneSql.isVoid("v", "t"),
                String.join(
                        ", ",
                        shared.columns().stream()
                                .map(column -> "excluded." + column)
                                .toList()));
    }

    private Uni<Void> keepLetters(String[] topics) {
        List<Map.Entry<TopicPartition, Long>> firsts =
                List.copyOf(logs.firstPlaces().entrySet());
        return client.preparedQuery(KEEP_LETTERS)
                .execute(Tuple.of(
                        topics,
                        firsts.stream().map(each -> each.getKey().topic()).toArray(String[]::new),
                        firsts.stream().map(each -> each.getKey().partition()).toArray(Integer[]::new),
                        firsts.stream().map(Map.Entry::getValue).toArray(Long[]::new)))
                .replaceWithVoid();
    }
}
