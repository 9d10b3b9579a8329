package io.streamviews.projection.generation;

import io.smallrye.mutiny.Uni;
import io.streamviews.projection.BatchWriter;
import io.streamviews.projection.KeySql;
import io.streamviews.source.BaseView;
import io.streamviews.source.Column;
import io.streamviews.source.Identifiers;
import io.streamviews.source.Message;
import io.streamviews.source.RowKey;
import io.vertx.core.buffer.Buffer;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import io.vertx.pgclient.PgException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Live rows that the topics cannot give any more: compaction has removed their last readable event, and the newer one is a
 * dead letter. The next generation takes them over as they are. If its files say something else than the live one's, that is
 * done as far as both know them: a new column keeps its default, one of another type has the text of the former one, and of
 * a view that is new, or has another key, there are none.
 */
public final class UnreadableRows {

    /** Keys of letters that are in memory at once; the last one of a page is the first one of the next. */
    private static final int PAGE = 10_000;

    private static final List<String> OF_THE_ENGINE = List.of("version", "source_offset", "last_processed_at");

    private static final String COLUMNS =
            """
            SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
            FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            WHERE c.relnamespace = '%s'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
            """;

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

    /** Takes them over; before the next generation's derived views are filled. */
    public static Uni<Void> keep(SqlClient client, List<BaseView> views) {
        return types(client, Views.LIVE)
                .flatMap(live -> types(client, Generations.NEXT).flatMap(next -> {
                    Uni<Void> all = Uni.createFrom().voidItem();
                    for (BaseView view : views) {
                        if (hasSameKey(view, of(live, view), of(next, view))) {
                            String keep = keep(view, of(live, view), of(next, view));
                            all = all.chain(() -> keep(client, keep, null))
                                    .chain(() -> isAlone(view, views)
                                            ? Uni.createFrom().voidItem()
                                            : keepFrom(client, keep, view, Buffer.buffer()));
                        }
                    }
                    return all;
                }))
                .onFailure(BatchWriter::isRefusedValue)
                .transform(failure -> RefusedGenerationException.of(
                        List.of(((PgException) failure).getErrorMessage()),
                        "A row whose last events cannot be read cannot be taken over as it is"));
    }

    private static boolean hasSameKey(BaseView view, Map<String, String> live, Map<String, String> next) {
        return view.key().stream().map(Column::name).allMatch(key -> next.get(key)
                .equals(live.get(key)));
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
                    List<Buffer> keys = StreamSupport.stream(rows.spliterator(), false)
                            .map(row -> row.getDelegate().getBuffer(0))
                            .toList();
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

    private static String keep(BaseView view, Map<String, String> live, Map<String, String> next) {
        List<String> columns = new ArrayList<>();
        List<String> values = new ArrayList<>();
        Stream.concat(
                        Stream.concat(view.key().stream(), view.columns().stream())
                                .map(Column::name),
                        OF_THE_ENGINE.stream())
                .filter(live::containsKey)
                .forEach(name -> {
                    String column = Identifiers.quoted(name);
                    String type = next.get(name);
                    columns.add(column);
                    values.add("v." + column + (type.equals(live.get(name)) ? "" : "::text::" + type));
                });
        return KEEP.formatted(
                Identifiers.quoted(view.table()),
                KeySql.columns(view),
                Identifiers.literal(view.table()),
                String.join(", ", columns),
                String.join(", ", values),
                KeySql.matches(view, "v", "d.row_key"));
    }

    private static Map<String, String> of(Map<String, Map<String, String>> types, BaseView view) {
        return types.getOrDefault(view.table(), Map.of());
    }

    /** Of all tables, by table and column. */
    private static Uni<Map<String, Map<String, String>>> types(SqlClient client, String schema) {
        return client.query(COLUMNS.formatted(schema)).execute().map(rows -> {
            Map<String, Map<String, String>> types = new HashMap<>();
            rows.forEach(row -> types.computeIfAbsent(row.getString(0), table -> new HashMap<>())
                    .put(row.getString(1), row.getString(2)));
            return types;
        });
    }
}
