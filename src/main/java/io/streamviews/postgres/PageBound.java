package io.streamviews.postgres;

/**
 * How much of a list is read at once: at most so many rows and so many bytes, but one row at least. PostgreSQL counts, so
 * that what is beyond the bound never comes here.
 */
public record PageBound(int rows, long bytes) {

    /** The rows keep the order of the query, which is read no further than one row behind the page. */
    private static final String CUT =
            """
            SELECT * FROM (
                SELECT page.*, row_number() OVER w AS page_place, sum(coalesce(%1$s, 0)) OVER w AS page_bytes,
                       lead(true, 1, false) OVER w AS page_goes_on
                FROM (%2$s
                      LIMIT %3$d) AS page
                WINDOW w AS (ROWS UNBOUNDED PRECEDING)) AS sized
            WHERE page_place <= %4$d AND (page_bytes <= %5$d OR page_place = 1)
            """;

    /** Of the same list another part, so many rows at most. */
    public PageBound withRows(int most) {
        return new PageBound(most, bytes);
    }

    /**
     * The query, cut at the bound. The limit stands in its text: PostgreSQL plans a query with a parameter in its place for
     * a tenth of the table, and reads accordingly.
     *
     * @param query in the order of the list, without a limit
     * @param size bytes of a row as SQL, on the query's columns: of what may be long; null counts as nothing
     */
    public String cut(String query, String size) {
        return CUT.formatted(size, query, rows + 1, rows, bytes);
    }
}
