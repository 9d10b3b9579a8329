package io.streamviews.rebuild;

import io.smallrye.mutiny.Uni;
import io.streamviews.postgres.Sql;
import io.streamviews.projection.generation.Generations;
import io.streamviews.projection.generation.Views;
import io.streamviews.source.Identifiers;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.pgclient.PgException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the next generation changes for those who read the live one, view by view: columns, and rows of base and derived
 * views. True if both generations have read the same events; it is told as of one snapshot.
 */
final class Changes {

    /** Rows that are shown of each view; one that is too long is null. */
    private static final int MOST_SHOWN = 5;

    /**
     * The engine's own columns do not count, nor what a derived view has besides its definition, nor whose generation a type is.
     * What a type of the files is made of does: an enum's labels, in their order, are what readers may find, and sort by.
     */
    private static final String VIEWS =
            """
            WITH RECURSIVE used(schema, type, part) AS (
                SELECT n.nspname, t.oid, t.oid
                FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
                WHERE n.nspname IN ('%1$s', '%2$s')
                UNION
                SELECT u.schema, u.type, p.oid
                FROM used u
                JOIN pg_type t ON t.oid = u.part
                CROSS JOIN LATERAL (SELECT t.typelem UNION ALL SELECT t.typbasetype
                                    UNION ALL SELECT rngsubtype FROM pg_range WHERE rngtypid = t.oid
                                    UNION ALL SELECT atttypid FROM pg_attribute
                                              WHERE attrelid = t.typrelid AND attnum > 0 AND NOT attisdropped) AS p(oid)
                WHERE p.oid <> 0
            ), made_of AS (
                SELECT u.type AS oid, string_agg(format('%%s (%%s)', t.typname, says), ', ' ORDER BY t.typname) AS says
                FROM used u
                JOIN pg_type t ON t.oid = u.part
                JOIN pg_namespace n ON n.oid = t.typnamespace AND n.nspname = u.schema
                CROSS JOIN LATERAL (SELECT CASE t.typtype
                    WHEN 'e' THEN (SELECT string_agg(enumlabel, ', ' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid)
                    WHEN 'd' THEN format_type(t.typbasetype, t.typtypmod)
                    WHEN 'c' THEN (SELECT string_agg(format('%%I %%s', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum)
                                   FROM pg_attribute WHERE attrelid = t.typrelid AND attnum > 0 AND NOT attisdropped) END) AS s(says)
                WHERE says IS NOT NULL
                GROUP BY u.type
            ), relation AS (
                SELECT n.nspname AS schema, c.oid, c.relname AS view,
                       CASE WHEN c.relkind = 'v' AND d.name IS NULL THEN 'view' ELSE 'rows' END AS kind
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                LEFT JOIN (SELECT '%1$s' AS schema, name FROM %1$s.derived_view
                           UNION ALL SELECT '%2$s', name FROM %2$s.derived_view) AS d
                    ON d.schema = n.nspname AND d.name = c.relname
                LEFT JOIN (SELECT '%1$s' AS schema, view FROM %1$s.view_source
                           UNION ALL SELECT '%2$s', view FROM %2$s.view_source) AS s
                    ON s.schema = n.nspname AND s.view = c.relname
                WHERE n.nspname IN ('%1$s', '%2$s')
                  AND (d.name IS NOT NULL OR s.view IS NOT NULL
                       OR c.relkind = 'v' AND c.relname !~ '^projection_|_(definition|added|removed)$')
            ), described AS (
                SELECT r.*, (SELECT json_agg(json_build_object('name', a.attname, 'type',
                                                               regexp_replace(format_type(a.atttypid, a.atttypmod),
                                                                              '^' || r.schema || '[.]', '')
                                                               || CASE WHEN a.attcollation NOT IN (0, t.typcollation)
                                                                       THEN ' COLLATE ' || a.attcollation::regcollation ELSE '' END,
                                                               'made_of', regexp_replace(m.says, '\\m(%1$s|%2$s)[.]', '', 'g'))
                                             ORDER BY a.attnum)
                             FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN made_of m ON m.oid = a.atttypid
                             WHERE a.attnum > 0 AND NOT a.attisdropped
                               AND a.attname NOT IN ('version', 'source_offset', 'last_processed_at')
                               AND a.attrelid = coalesce(to_regclass(format('%%I.%%I', r.schema, r.view || '_definition')), r.oid)
                            ) AS columns,
                       CASE kind WHEN 'view' THEN regexp_replace(pg_get_viewdef(r.oid), '\\m(%1$s|%2$s)[.]', '', 'g') END AS definition,
                       (SELECT json_agg(a.attname ORDER BY k.place)
                        FROM pg_index i, unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, place)
                             JOIN pg_attribute a ON a.attnum = k.attnum
                        WHERE i.indrelid = r.oid AND i.indisprimary AND a.attrelid = r.oid AND k.place <= i.indnkeyatts) AS key
                FROM relation r
            )
            SELECT coalesce(l.view, n.view) AS view, coalesce(n.kind, l.kind) AS kind, l.columns::text AS before,
                   n.columns::text AS after, n.key::text AS key, l.definition <> n.definition AS is_redefined,
                   ARRAY(SELECT DISTINCT o.oid::regclass::text
                         FROM pg_depend d JOIN pg_rewrite w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid
                              JOIN pg_class o ON o.oid = w.ev_class
                         WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = l.oid
                           AND o.relnamespace NOT IN ('%1$s'::regnamespace, '%2$s'::regnamespace)) AS read_by
            FROM (SELECT * FROM described WHERE schema = '%1$s') AS l
            FULL JOIN (SELECT * FROM described WHERE schema = '%2$s') AS n USING (view)
            ORDER BY 1
            """
                    .formatted(Views.LIVE, Generations.NEXT);

    /** Rows are told apart as JSON, so that a type may have changed; those that have a key in common are one that is changed. */
    private static final String ROWS =
            """
            WITH before AS MATERIALIZED (SELECT to_jsonb(x) AS doc FROM (SELECT %4$s FROM %1$s.%3$s) AS x),
            after AS MATERIALIZED (SELECT to_jsonb(x) AS doc FROM (SELECT %4$s FROM %2$s.%3$s) AS x),
            gone AS (SELECT doc, k AS key, row_number() OVER (PARTITION BY k) AS n
                     FROM (TABLE before EXCEPT ALL TABLE after) AS g, LATERAL (SELECT %5$s AS k) AS keyed),
            come AS (SELECT doc, k AS key, row_number() OVER (PARTITION BY k) AS n
                     FROM (TABLE after EXCEPT ALL TABLE before) AS c, LATERAL (SELECT %5$s AS k) AS keyed),
            difference AS (SELECT g.doc AS before, c.doc AS after FROM gone g FULL JOIN come c USING (key, n))
            SELECT (SELECT count(*) FROM before) AS rows_before, (SELECT count(*) FROM after) AS rows_after,
                   count(*) FILTER (WHERE before IS NULL) AS added, count(*) FILTER (WHERE after IS NULL) AS removed,
                   count(*) FILTER (WHERE before IS NOT NULL AND after IS NOT NULL) AS changed,
                   (SELECT coalesce(json_agg(json_build_object('before', CASE WHEN octet_length(before::text) <= 1000 THEN before END,
                                                                   'after', CASE WHEN octet_length(after::text) <= 1000 THEN after END)),
                                    '[]')
                    FROM (SELECT * FROM difference LIMIT %6$d) AS shown)::text AS samples
            FROM difference
            """;

    private static final String COUNT = "SELECT count(*) FROM %s.%s";

    private Changes() {}

    /** A list with an object for each view. The client must be in a transaction that sees one snapshot. */
    static Uni<JsonArray> between(SqlClient snapshot) {
        return snapshot.query(VIEWS).execute().flatMap(rows -> {
            Uni<JsonArray> all = Uni.createFrom().item(new JsonArray());
            for (Row row : rows) {
                all = all.call(list -> of(snapshot, row).invoke(list::add));
            }
            return all;
        });
    }

    /** What kind of change which views see, without a row of theirs. */
    static String summary(JsonArray changes) {
        String said = changes.stream()
                .map(JsonObject.class::cast)
                .filter(view -> !view.getString("change").equals("SAME"))
                .map(view -> view.getString("view") + " " + view.getString("change"))
                .collect(Collectors.joining(", "));
        return said.isEmpty() ? "nothing" : said;
    }

    /** What cannot be told of one view is no reason to tell nothing of the others. */
    private static Uni<JsonObject> of(SqlClient snapshot, Row row) {
        return Sql.run(snapshot, "SAVEPOINT view")
                .chain(() -> compare(snapshot, row))
                .call(() -> Sql.run(snapshot, "RELEASE SAVEPOINT view"))
                .onFailure(PgException.class)
                .recoverWithUni(failure -> Sql.run(snapshot, "ROLLBACK TO SAVEPOINT view")
                        .replaceWith(() -> new JsonObject()
                                .put("view", row.getString("view"))
                                .put("change", "UNKNOWN")
                                .put("error", failure.getErrorMessage())));
    }

    private static Uni<JsonObject> compare(SqlClient snapshot, Row row) {
        String view = row.getString("view");
        JsonObject told = new JsonObject().put("view", view);
        List<JsonObject> before = columns(row.getString("before"));
        List<JsonObject> after = columns(row.getString("after"));
        if (before == null || after == null) {
            told.put("change", before == null ? "NEW" : "GONE");
            readBy(told, row);
            if (row.getString("kind").equals("view")) {
                return Uni.createFrom().item(told);
            }
            return count(snapshot, before == null ? Generations.NEXT : Views.LIVE, view)
                    .map(count -> told.put(before == null ? "rowsAfter" : "rowsBefore", count));
        }
        List<String> common = names(before, name -> names(after, any -> true).contains(name));
        tell(told, "columnsAdded", names(after, name -> !common.contains(name)));
        tell(told, "columnsGone", names(before, name -> !common.contains(name)));
        tell(told, "columnsRetyped", retyped(before, after));
        if (Boolean.TRUE.equals(row.getBoolean("is_redefined"))) {
            told.put("definitionChanged", true);
        }
        if (!told.getMap().keySet().stream().allMatch("view"::equals)) {
            readBy(told, row);
        }
        boolean sameColumns = told.size() == 1;
        if (row.getString("kind").equals("view") || common.isEmpty()) {
            return Uni.createFrom().item(told.put("change", sameColumns ? "SAME" : "CHANGED"));
        }
        return Sql.one(
                snapshot,
                rows(view, common, key(row.getString("key"), common)),
                found -> tellRows(told, found, sameColumns));
    }

    private static JsonObject tellRows(JsonObject told, Row found, boolean sameColumns) {
        long different = 0;
        told.put("rowsBefore", found.getLong("rows_before")).put("rowsAfter", found.getLong("rows_after"));
        for (String kind : List.of("added", "removed", "changed")) {
            long count = found.getLong(kind);
            different += count;
            told.put("rows" + Character.toUpperCase(kind.charAt(0)) + kind.substring(1), count);
        }
        if (different > 0) {
            told.put("samples", new JsonArray(found.getString("samples")));
        }
        return told.put("change", sameColumns && different == 0 ? "SAME" : "CHANGED");
    }

    private static String rows(String view, List<String> columns, List<String> key) {
        return ROWS.formatted(
                Views.LIVE,
                Generations.NEXT,
                Identifiers.quoted(view),
                columns.stream().map(Identifiers::quoted).collect(Collectors.joining(", ")),
                key.stream()
                        .map(column -> "doc -> " + Identifiers.literal(column))
                        .collect(Collectors.joining(", ", "jsonb_build_array(", ")")),
                MOST_SHOWN);
    }

    /** The primary key, if all of it was there before; else the first column. */
    private static List<String> key(String key, List<String> common) {
        List<String> columns = key == null
                ? List.of()
                : new JsonArray(key).stream().map(String.class::cast).toList();
        return !columns.isEmpty() && common.containsAll(columns) ? columns : common.subList(0, 1);
    }

    private static Uni<Long> count(SqlClient snapshot, String schema, String view) {
        return Sql.one(snapshot, COUNT.formatted(schema, Identifiers.quoted(view)), row -> row.getLong(0));
    }

    /** Null if there is no such view. */
    private static List<JsonObject> columns(String json) {
        return json == null
                ? null
                : new JsonArray(json).stream().map(JsonObject.class::cast).toList();
    }

    private static List<String> names(List<JsonObject> columns, Predicate<String> which) {
        return columns.stream()
                .map(column -> column.getString("name"))
                .filter(which)
                .toList();
    }

    private static List<String> retyped(List<JsonObject> before, List<JsonObject> after) {
        List<String> retyped = new ArrayList<>();
        for (JsonObject former : before) {
            after.stream()
                    .filter(column -> Objects.equals(column.getString("name"), former.getString("name")))
                    .flatMap(column -> Stream.of("type", "made_of")
                            .filter(what -> !Objects.equals(column.getString(what), former.getString(what)))
                            .limit(1)
                            .map(what -> "%s: %s, was %s"
                                    .formatted(
                                            column.getString("name"), column.getString(what), former.getString(what))))
                    .forEach(retyped::add);
        }
        return retyped;
    }

    /** Views of others. */
    private static void readBy(JsonObject told, Row row) {
        tell(told, "readBy", List.of(row.getArrayOfStrings("read_by")));
    }

    private static void tell(JsonObject told, String what, List<String> names) {
        if (!names.isEmpty()) {
            told.put(what, new JsonArray(names));
        }
    }
}
