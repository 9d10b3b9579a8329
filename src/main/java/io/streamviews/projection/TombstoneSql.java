package io.streamviews.projection;

/** The SQL on tombstones: what one says is void, and how what is known from elsewhere is added to one. */
public final class TombstoneSql {

    private static final String IS_VOID =
            "(%1$s.source_offset < %2$s.erased_before OR (%1$s.version, %1$s.source_offset) < (%2$s.version, %2$s.source_offset))";

    /** Ends an INSERT into the tombstones, {@code AS t}. */
    public static final String MERGE =
            """
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

    private TombstoneSql() {}

    /**
     * A condition: whether a deletion is newer than what it speaks of.
     *
     * @param row the alias of what has a version and a place, as {@code source_offset}
     * @param tombstone the alias of the tombstone of its key, or of a deletion
     */
    public static String isVoid(String row, String tombstone) {
        return IS_VOID.formatted(row, tombstone);
    }
}
