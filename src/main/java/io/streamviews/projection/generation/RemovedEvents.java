package io.streamviews.projection.generation;

import static io.streamviews.postgres.Sql.run;

import io.smallrye.mutiny.Uni;
import io.streamviews.projection.generation.BuildSteps.Processes;
import io.streamviews.source.BaseView;
import io.streamviews.source.Identifiers;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

/**
 * Live rows, deletions and dead letters of events that the topics do not hold any more: retention has removed them, or compaction a
 * deletion; the topic was made anew, or it is not there or not to be seen. They are taken over as they are, unless the topic says
 * something newer.
 */
final class RemovedEvents {

    private static final Logger LOG = Logger.getLogger(RemovedEvents.class);

    private static final String LOST =
            "The topics may not hold the events of these rows any more, and the new files read their keys or versions otherwise, or have"
                    + " another view of the topic: only a rebuild with dropRemoved=<view>,… goes on without them";

    private static final String DROP = "DROP SCHEMA IF EXISTS %s CASCADE".formatted(RemovedRows.SCHEMA);

    private static final String COUNT = "SELECT count(*) FROM views.%1$s WHERE %2$s";

    /** Before the beginning of their own partition. Which row they speak of is not said where the key is another one now. */
    private static final String NOTE_LETTERS =
            """
            CREATE UNLOGGED TABLE views_past.letter AS
            SELECT topic, partition, "offset", d.key, d.payload, d.error,
                   CASE WHEN d.base_view = ANY(%1$s) THEN d.base_view END AS base_view,
                   CASE WHEN d.base_view = ANY(%1$s) THEN d.row_key END AS row_key,
                   d.attempts, d.event_at, d.failed_at, d.place, d.headers
            FROM views.dead_letter d
            LEFT JOIN unnest(%2$s, %3$s::integer[], %4$s::bigint[]) AS l(topic, partition, first) USING (topic, partition)
            WHERE topic = ANY(%5$s) AND NOT coalesce(d.base_view = ANY(%6$s), false) AND (l.first IS NULL OR d.place < l.first)
            """;

    /** As they are now: what they say may have been erased since. */
    private static final String KEEP_LETTERS =
            """
            INSERT INTO views_next.dead_letter (topic, partition, "offset", key, payload, error, base_view, row_key,
                                                attempts, event_at, failed_at, place, headers)
            SELECT topic, partition, "offset", p.key,
                   CASE WHEN d.error IS NULL THEN p.payload ELSE d.payload END, coalesce(d.error, p.error),
                   p.base_view, p.row_key, p.attempts, p.event_at, p.failed_at, p.place,
                   CASE WHEN d.error IS NULL THEN p.headers ELSE d.headers END
            FROM views_past.letter p LEFT JOIN views.dead_letter d USING (topic, partition, "offset")
            ON CONFLICT DO NOTHING
            """;

    private final SqlConnection own;
    private final FilledLogs logs;
    private final DroppedViews drops;
    private final boolean isResumed;

    /** @param isResumed whether compaction may have removed deletions since the next generation was begun */
    RemovedEvents(SqlConnection own, FilledLogs logs, DroppedViews drops, boolean isResumed) {
        this.own = own;
        this.logs = logs;
        this.drops = drops;
        this.isResumed = isResumed;
    }

    private RemovedPlaces places(BaseView view) {
        return logs.removed(view.topic());
    }

    /**
     * Whether all rows that are to be kept can be: those of a view that both generations have, but not alike, cannot, nor those of one
     * that the next one does not have, and may have another one of the topic for. Blocks.
     */
    void refuseToLose(List<BaseView> live, List<BaseView> next, List<SharedView> shared) {
        Set<String> before = tables(live);
        Set<String> now = tables(next);
        Set<String> withNewViews = next.stream()
                .filter(view -> !before.contains(view.table()))
                .map(BaseView::topic)
                .collect(Collectors.toSet());
        Stream<BaseView> otherwise =
                shared.stream().filter(each -> !each.isContinued()).map(SharedView::view);
        Stream<BaseView> replaced =
                live.stream().filter(view -> !now.contains(view.table()) && withNewViews.contains(view.topic()));
        List<String> lost = new ArrayList<>();
        Stream.concat(otherwise, replaced)
                .filter(view -> !drops.contains(view) && !places(view).isEmpty())
                .forEach(view -> {
                    long rows = count(view);
                    if (rows > 0) {
                        lost.add("%d of %s".formatted(rows, view.table()));
                    }
                });
        RefusedGenerationException.ifAny(lost, LOST);
    }

    private long count(BaseView view) {
        String count =
                COUNT.formatted(Identifiers.quoted(view.table()), places(view).contain("source_offset"));
        return BuildSteps.inTransaction(own, Generations.NEXT, Processes.SEVERAL, () -> own.query(count)
                        .execute())
                .await()
                .indefinitely()
                .iterator()
                .next()
                .getLong(0);
    }

    private static Set<String> tables(List<BaseView> views) {
        return views.stream().map(BaseView::table).collect(Collectors.toSet());
    }

    /** What there may be to be taken over of views. */
    private List<RemovedRows> removed(List<SharedView> shared) {
        return shared.stream()
                .filter(each -> each.isContinued() && !drops.contains(each.view()))
                .map(each -> new RemovedRows(
                        each,
                        shared.indexOf(each),
                        places(each.view()),
                        isResumed ? RemovedPlaces.ALL : places(each.view())))
                .filter(each -> !each.ofDeletions().isEmpty())
                .toList();
    }

    /** @return whether there is any */
    Uni<Boolean> note(List<BaseView> views, List<SharedView> shared) {
        Uni<Integer> noted =
                run(own, List.of(DROP, "CREATE SCHEMA " + RemovedRows.SCHEMA)).replaceWith(0);
        List<String> statements = removed(shared).stream()
                .flatMap(each -> each.note().stream())
                .collect(Collectors.toCollection(ArrayList::new));
        statements.add(noteLetters(views, shared));
        for (String statement : statements) {
            noted = noted.flatMap(sum -> own.query(statement).execute().map(rows -> sum + rows.rowCount()));
        }
        return noted.map(sum -> sum > 0);
    }

    private String noteLetters(List<BaseView> views, List<SharedView> shared) {
        List<TopicPartition> partitions = List.copyOf(logs.partitions());
        return NOTE_LETTERS.formatted(
                texts(
                        shared.stream()
                                .filter(SharedView::isContinued)
                                .map(SharedView::view)
                                .toList(),
                        BaseView::table),
                texts(partitions, TopicPartition::topic),
                numbers(partitions, TopicPartition::partition),
                numbers(partitions, logs::firstPlace),
                texts(views.stream().filter(view -> !drops.contains(view)).toList(), BaseView::topic),
                texts(views.stream().filter(drops::contains).toList(), BaseView::table));
    }

    private static <T> String texts(Collection<T> all, Function<T, String> each) {
        return Identifiers.array(all.stream().map(each));
    }

    private static <T> String numbers(Collection<T> all, Function<T, Number> each) {
        return all.stream().map(each).map(Number::toString).collect(Collectors.joining(", ", "ARRAY[", "]"));
    }

    /** Takes over the places of topics that could not be read, too. */
    Uni<Void> keep(List<BaseView> views, List<SharedView> shared) {
        // what refers to others was made behind them
        List<RemovedRows> backwards = new ArrayList<>(removed(shared));
        Collections.reverse(backwards);
        Uni<Void> all = run(own, "SET CONSTRAINTS ALL DEFERRED")
                .chain(() -> run(
                        own,
                        backwards.stream()
                                .flatMap(each -> each.keepDeletions().stream())
                                .toList()));
        for (RemovedRows each : removed(shared)) {
            all = all.chain(() -> own.query(each.keepRows()).execute())
                    .invoke(rows -> tell(rows.rowCount(), each.shared().view()))
                    .replaceWithVoid();
        }
        return all.chain(() -> run(own, KEEP_LETTERS))
                .chain(() -> run(own, DROP))
                .chain(() -> inheritUnread(views));
    }

    private static void tell(int rows, BaseView view) {
        if (rows > 0) {
            LOG.warnf(
                    "%d rows of %s are taken over as they are: %s does not hold their events any more",
                    rows, view.table(), view.topic());
        }
    }

    private Uni<Void> inheritUnread(List<BaseView> views) {
        List<TopicPartition> partitions = List.copyOf(logs.partitions());
        return own.preparedQuery(GenerationPositions.inheritUnread(Generations.NEXT, Views.LIVE))
                .execute(Tuple.of(
                        views.stream().map(BaseView::topic).toArray(String[]::new),
                        partitions.stream().map(TopicPartition::topic).toArray(String[]::new),
                        partitions.stream().map(TopicPartition::partition).toArray(Integer[]::new),
                        views.stream()
                                .filter(drops::contains)
                                .map(BaseView::topic)
                                .toArray(String[]::new)))
                .replaceWithVoid();
    }
}
