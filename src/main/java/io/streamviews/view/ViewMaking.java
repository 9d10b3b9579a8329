package io.streamviews.view;

import io.vertx.mutiny.sqlclient.Row;
import java.time.Instant;
import java.time.OffsetDateTime;

/**
 * What makes a table or view, what that takes, and whether it goes on.
 *
 * @param bytes on disk, with indexes, and of a derived view those that it is kept in; null if it has no rows of its own
 * @param definition the query that says what it holds; null if there is none
 * @param suspendedSince when it has ceased to follow what it is kept from; null if it does, or is kept from nothing
 */
record ViewMaking(String view, Long bytes, String definition, Instant suspendedSince) {

    /**
     * Tables that another derived view is kept in, whose name begins likewise, are not this one's. The schema is looked up as the
     * query's snapshot has it: to_regnamespace, asked for each row, would have another answer once the generations are exchanged.
     */
    static final String SQL =
            """
            SELECT c.relname AS view,
                   CASE WHEN c.relkind IN ('r', 'p', 'm') THEN pg_total_relation_size(c.oid)
                        WHEN EXISTS (SELECT FROM views.derived_view WHERE name = c.relname)
                        THEN (SELECT sum(pg_total_relation_size(k.oid))::bigint FROM pg_class k
                              WHERE k.relnamespace = c.relnamespace AND k.relkind IN ('r', 'p')
                                AND starts_with(k.relname, c.relname || '_')
                                AND NOT EXISTS (SELECT FROM views.derived_view o
                                                WHERE starts_with(o.name, c.relname || '_') AND starts_with(k.relname, o.name)))
                   END AS bytes,
                   CASE WHEN d.oid IS NOT NULL THEN pg_get_viewdef(d.oid, true)
                        WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid, true) END AS definition,
                   (SELECT (to_jsonb(k) ->> 'suspended_at')::timestamptz FROM views.derived_view k
                    WHERE k.name = c.relname) AS suspended_since
            FROM pg_class c
            LEFT JOIN pg_class d
                   ON d.relnamespace = c.relnamespace AND d.relkind = 'v' AND d.relname = c.relname || '_definition'
            WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'views') AND c.relkind IN ('r', 'p', 'v', 'm')
            """;

    static final ViewMaking UNKNOWN = new ViewMaking(null, null, null, null);

    static ViewMaking of(Row row) {
        OffsetDateTime suspended = row.getOffsetDateTime("suspended_since");
        return new ViewMaking(
                row.getString("view"),
                row.getLong("bytes"),
                row.getString("definition"),
                suspended == null ? null : suspended.toInstant());
    }
}
