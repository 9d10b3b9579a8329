package io.streamviews.projection;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A base view's two statements. Each takes a whole batch as arrays, so one text serves any batch size.
 *
 * <p>Both change a row only where the event is not older and says something else: reading an event twice changes nothing,
 * and a derived view's triggers see real differences only.
 */
record TableSql(String upsert, String delete) {

    private static final String UPSERT =
            """
            INSERT INTO %1$s.%2$s AS v (%3$s)
            SELECT %4$s
            FROM unnest(%5$s) AS r(%3$s)
            WHERE NOT EXISTS (
                SELECT FROM %1$s.tombstone t
                WHERE t.base_view = '%2$s' AND t.key = r.%6$s::text
                  AND (r.source_offset < t.erased_before
                       OR (r.version, r.source_offset) < (t.version, t.source_offset)))
            ON CONFLICT (%6$s) DO UPDATE
            SET (%7$s, last_processed_at) = ROW(%8$s, now())
            WHERE (excluded.version, excluded.source_offset) >= (v.version, v.source_offset)
              AND (%9$s) IS DISTINCT FROM (%8$s)
            """;

    private static final String DELETE =
            """
            WITH dead AS (
                SELECT * FROM unnest($1::%3$s[], $2::bigint[], $3::bigint[], $4::bigint[])
                    AS d(key, erased_before, version, source_offset)),
            gone AS (
                DELETE FROM %1$s.%2$s v USING dead d
                WHERE v.%4$s = d.key
                  AND (v.source_offset < d.erased_before
                       OR (v.version, v.source_offset) < (d.version, d.source_offset)))
            INSERT INTO %1$s.tombstone AS t (base_view, key, erased_before, version, source_offset)
            SELECT '%2$s', d.key::text, d.erased_before, d.version, d.source_offset FROM dead d
            ON CONFLICT (base_view, key) DO UPDATE
            SET erased_before = greatest(t.erased_before, excluded.erased_before),
                (version, source_offset) = (
                    SELECT m.version, m.source_offset
                    FROM (VALUES (t.version, t.source_offset), (excluded.version, excluded.source_offset))
                        AS m(version, source_offset)
                    WHERE m.source_offset > greatest(t.erased_before, excluded.erased_before)
                    ORDER BY m.version DESC, m.source_offset DESC
                    LIMIT 1)
            """;

    static TableSql of(String schema, BaseView<?> view) {
        String key = view.key().name();
        List<String> kept = new ArrayList<>();
        List<ColumnType> types = new ArrayList<>(List.of(view.key().type()));
        for (Column<?> column : view.columns()) {
            kept.add(column.name());
            types.add(column.type());
        }
        kept.addAll(List.of("version", "source_offset"));
        types.addAll(List.of(ColumnType.BIGINT, ColumnType.BIGINT));
        List<String> all = new ArrayList<>(List.of(key));
        all.addAll(kept);
        String arrays = IntStream.range(0, types.size())
                .mapToObj(i -> "$" + (i + 1) + "::" + types.get(i).sql() + "[]")
                .collect(Collectors.joining(", "));
        return new TableSql(
                UPSERT.formatted(
                        schema,
                        view.table(),
                        list("", all),
                        list("r.", all),
                        arrays,
                        key,
                        list("", kept),
                        list("excluded.", kept),
                        list("v.", kept)),
                DELETE.formatted(schema, view.table(), view.key().type().sql(), key));
    }

    private static String list(String prefix, List<String> names) {
        return names.stream().map(prefix::concat).collect(Collectors.joining(", "));
    }
}
