package io.streamviews.projection.deadletter;

import io.streamviews.postgres.PageBound;
import io.streamviews.projection.KeySql;
import io.streamviews.source.BaseView;
import io.streamviews.source.Identifiers;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The statements on a generation's dead letters. What state one is in is not stored, but found when somebody asks: a
 * letter is superseded once its row, or the row's tombstone, has seen an event that does not stand before it. Batches
 * have nothing to do for it.
 */
record DeadLetterSql(String letters, String one, String partitions, String chunk, String discard, String counts) {

    private static final String LETTERS =
            """
            WITH letter AS (
                SELECT d.topic, d.partition, d."offset", d.place, d.key, d.payload, d.headers, d.error, d.base_view, d.row_key, d.attempts,
                       d.event_at, d.failed_at, x.reason, x.discarded_at,
                       CASE WHEN x.topic IS NOT NULL THEN 'DISCARDED'
                            WHEN EXISTS (SELECT FROM %1$s.tombstone t
                                         WHERE t.base_view = d.base_view AND t.key = d.row_key
                                           AND greatest(t.erased_before, t.source_offset) >= d.place)
                              OR CASE d.base_view %2$s WHEN NULL THEN false ELSE false END THEN 'SUPERSEDED'
                            ELSE 'OPEN' END AS state
                FROM %1$s.dead_letter d
                LEFT JOIN public.discarded_letter x
                    ON (x.topic, x.partition, x."offset") = (d.topic, d.partition, d."offset")
                   AND x.event_at IS NOT DISTINCT FROM d.event_at)
            """;

    private static final String ROW_SEEN =
            """
            WHEN %2$s THEN EXISTS (SELECT FROM %1$s.%3$s v WHERE %4$s AND v.source_offset >= d.place)
            """;

    private static final String COLUMNS =
            """
            topic, partition, "offset", key, length(payload) AS payload_bytes, error, base_view, row_key, attempts,
            event_at, failed_at, state, reason, discarded_at
            """;

    private static final String PAGE =
            """
            SELECT %2$s FROM letter
            WHERE %1$s AND (topic, partition, "offset") > ($9, $10, $11)
            ORDER BY topic, partition, "offset"
            """
                    .formatted(DeadLetterSelection.CONDITION, COLUMNS);

    private static final String SIZE =
            "coalesce(octet_length(key), 0) + octet_length(error) + coalesce(octet_length(reason), 0)";

    private static final String ONE =
            """
            SELECT %1$s, substring(payload FOR $4) AS payload FROM letter WHERE topic = $1 AND partition = $2 AND "offset" = $3
            """;

    private static final String PARTITIONS = "SELECT DISTINCT partition FROM letter WHERE %1$s ORDER BY partition";

    /** At least one letter, and no more than the given number of letters and of bytes. */
    private static final String CHUNK =
            """
            SELECT topic, partition, "offset", place, key, payload, headers, event_at FROM (
                SELECT *, sum(bytes) OVER (ORDER BY topic, "offset" ROWS UNBOUNDED PRECEDING) - bytes AS bytes_before
                FROM (SELECT *, coalesce(octet_length(key), 0) + coalesce(octet_length(payload), 0)
                                    + coalesce(octet_length(headers), 0) AS bytes
                      FROM letter
                      WHERE %1$s AND (topic, "offset") > ($9, $10)
                      ORDER BY topic, "offset" LIMIT $11) AS next) AS sized
            WHERE bytes_before < $12
            ORDER BY topic, "offset"
            """;

    private static final String DISCARD =
            """
            INSERT INTO public.discarded_letter AS x (topic, partition, "offset", event_at, reason)
            SELECT topic, partition, "offset", event_at, $9 FROM letter WHERE %1$s
            ON CONFLICT (topic, partition, "offset")
            DO UPDATE SET event_at = excluded.event_at, reason = excluded.reason, discarded_at = excluded.discarded_at
            """;

    private static final String COUNTS =
            "SELECT state, count(*) FROM (SELECT state FROM letter LIMIT $1) AS bounded GROUP BY state";

    static DeadLetterSql of(String schema, List<BaseView> views) {
        String rowsSeen = views.stream()
                .map(view -> ROW_SEEN.formatted(
                        schema,
                        Identifiers.literal(view.table()),
                        Identifiers.quoted(view.table()),
                        KeySql.matches(view, "v", "d.row_key")))
                .collect(Collectors.joining());
        String letters = LETTERS.formatted(schema, rowsSeen);
        String condition = DeadLetterSelection.CONDITION;
        return new DeadLetterSql(
                letters,
                letters + ONE.formatted(COLUMNS),
                letters + PARTITIONS.formatted(condition),
                letters + CHUNK.formatted(condition),
                letters + DISCARD.formatted(condition),
                letters + COUNTS);
    }

    String page(PageBound bound) {
        return letters + bound.cut(PAGE, SIZE);
    }
}
