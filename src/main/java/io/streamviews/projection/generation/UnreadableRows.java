package io.streamviews.projection.generation;

import io.smallrye.mutiny.Uni;
import io.streamviews.postgres.Sql;
import io.streamviews.projection.KeySql;
import io.streamviews.source.BaseView;
import io.streamviews.source.Identifiers;
import io.streamviews.source.Message;
import io.streamviews.source.RowKey;
import io.vertx.core.buffer.Buffer;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import java.util.List;
import java.util.Objects;

/**
 * Live rows that the topics cannot give any more: compaction has removed their last readable event, and the newer one is a
 * dead letter. The next generation takes them over as they are. Of a view that is new, or has another key, there are none.
 */
final class UnreadableRows {

    /** Keys of letters that are in memory at once; the last one of a page is the first one of the next. */
    private static final int PAGE = 10_000;

    /**
     * By the letters that name the view, or by keys out of letters that name another one of its topic. The cast of a row key is safe:
     * it was one of the view's keys before it was a text.
     */
    private static final String KEEP =
            """
            INSERT INTO views_next.%1$s (%4$s)
            SELECT %5$s FROM views.%1$s v
            WHERE EXISTS (
                SELECT FROM (SELECT row_key FROM views_next.dead_letter WHERE base_view = %3$s AND $1::text[] IS NULL
                             UNION ALL SELECT unnest($1::text[])) AS d(row_key)
                WHERE %6$s
                  AND NOT EXISTS (SELECT FROM views_next.tombstone t WHERE t.base_view = %3$s AND t.key = d.row_key))
            ON CONFLICT (%2$s) DO NOTHING
            """;

    /** A letter names one view, the first one that knows its key. */
    private static final String NAMED_OTHERWISE =
            """
            SELECT DISTINCT key FROM views_next.dead_letter
            WHERE topic = $1 AND base_view IS DISTINCT FROM $2 AND key >= $3
            ORDER BY key LIMIT %d
            """
                    .formatted(PAGE);

    private static final byte[] UNREADABLE = {};

    private UnreadableRows() {}

    static Uni<Void> keep(SqlClient client, List<BaseView> views, List<SharedView> shared) {
        Uni<Void> all = Uni.createFrom().voidItem();
        for (SharedView each : shared.stream().filter(SharedView::hasSameKey).toList()) {
            String keep = keep(each);
            all = all.chain(() -> keep(client, keep, null))
                    .chain(() -> isAlone(each.view(), views)
                            ? Uni.createFrom().voidItem()
                            : keepFrom(client, keep, each.view(), Buffer.buffer()));
        }
        return all;
    }

    private static boolean isAlone(BaseView view, List<BaseView> views) {
        return views.stream()
                        .filter(other -> other.topic().equals(view.topic()))
                        .count()
                == 1;
    }

    /** Those of which letters speak that name another view of the topic, where the record's key tells. */
    private static Uni<Void> keepFrom(SqlClient client, String keep, BaseView view, Buffer first) {
        return client.preparedQuery(NAMED_OTHERWISE)
                .execute(Tuple.of(view.topic(), view.table(), first))
                .flatMap(rows -> {
                    List<Buffer> keys = Sql.read(rows, row -> row.getDelegate().getBuffer(0));
                    String[] own = keys.stream()
                            .map(key -> rowOf(view, key.getBytes()))
                            .filter(Objects::nonNull)
                            .map(RowKey::toString)
                            .toArray(String[]::new);
                    return keep(client, keep, own)
                            .chain(() -> keys.size() < PAGE
                                    ? Uni.createFrom().voidItem()
                                    : keepFrom(client, keep, view, keys.get(PAGE - 1)));
                });
    }

    /** @param keys null: of the letters that name the view */
    private static Uni<Void> keep(SqlClient client, String keep, String[] keys) {
        return client.preparedQuery(keep).execute(Tuple.tuple().addValue(keys)).replaceWithVoid();
    }

    private static RowKey rowOf(BaseView view, byte[] key) {
        try {
            return view.rowOf(new Message(key, UNREADABLE, 0));
        } catch (RuntimeException unknown) {
            return null;
        }
    }

    private static String keep(SharedView shared) {
        BaseView view = shared.view();
        return KEEP.formatted(
                Identifiers.quoted(view.table()),
                KeySql.columns(view),
                Identifiers.literal(view.table()),
                String.join(", ", shared.columns()),
                String.join(", ", shared.values()),
                KeySql.matches(view, "v", "d.row_key"));
    }
}
