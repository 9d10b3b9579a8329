package io.streamviews.view;

import io.smallrye.mutiny.Uni;
import io.streamviews.view.CatalogView.Kind;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.mutiny.sqlclient.Row;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What PostgreSQL's catalogue says of the live schema's tables and views. Those that the engine has for itself are left
 * out, by their names: what operators alone may see is among them.
 */
final class CatalogQuery {

    /** The engine's own, what a derived view is kept in or filled from, and what stands in for a statement's rows. */
    private static final String OWN =
            """
            c.relname ~ '^(projection_|flyway_schema_history)'
            OR c.relname IN ('dead_letter', 'tombstone', 'derived_view', 'kept_view', 'view_source', 'view_file', 'generation_part')
            OR c.relname <> ALL ($1::text[])
               AND NOT EXISTS (SELECT FROM views.derived_view WHERE name = c.relname)
               AND (EXISTS (SELECT FROM views.derived_view d
                            WHERE c.relname = d.name || '_definition'
                               OR c.relkind <> 'v' AND starts_with(c.relname, d.name || '_'))
                    OR c.relkind = 'v' AND c.relname ~ '_(added|removed)$'
                       AND EXISTS (SELECT FROM pg_class base
                                   WHERE base.relnamespace = c.relnamespace AND base.relkind IN ('r', 'p')
                                     AND base.relname = regexp_replace(c.relname, '_(added|removed)$', '')))
            """;

    /** Its parameter is the base views. */
    private static final String SQL =
            """
            WITH RECURSIVE uses(view, used) AS (
                SELECT r.ev_class, d.refobjid
                FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
                WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.ev_class AND d.refobjid >= 16384
            ), reads(view, used) AS (
                SELECT view, used FROM uses
                UNION
                SELECT reads.view, uses.used FROM reads JOIN uses ON uses.view = reads.used
            )
            SELECT c.relname AS name, c.relkind::text AS relkind, obj_description(c.oid, 'pg_class') AS comment,
                   EXISTS (SELECT FROM views.derived_view WHERE name = c.relname) AS derived,
                   CASE WHEN c.relkind <> 'v' AND c.reltuples >= 0 THEN c.reltuples::bigint END AS rows,
                   ARRAY(SELECT u.relname::text FROM reads JOIN pg_class u ON u.oid = used
                         WHERE view = c.oid AND u.relnamespace = c.relnamespace) AS reads,
                   ARRAY(SELECT b.relname::text FROM pg_trigger t JOIN pg_class b ON b.oid = tgrelid
                         WHERE b.relnamespace = c.relnamespace AND tgfoid = to_regproc('views.refill')
                           AND tgargs = convert_to(c.relname, 'UTF8') || '\\x00'::bytea) AS kept_from,
                   ARRAY(SELECT a.attname::text
                         FROM pg_constraint k, unnest(k.conkey) WITH ORDINALITY AS n(attnum, place)
                              JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = n.attnum
                         WHERE k.conrelid = c.oid AND k.contype = 'p' AND NOT k.condeferrable
                         ORDER BY place) AS key,
                   (SELECT coalesce(json_agg(json_build_object(
                               'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
                               'cast', format_type(b.oid, -1), 'base', b.oid::bigint, 'category', b.typcategory,
                               'element', CASE WHEN b.typcategory = 'A' THEN b.typelem::bigint END,
                               'nullable', NOT a.attnotnull, 'comment', col_description(c.oid, a.attnum),
                               'comparable', b.typcategory NOT IN ('A', 'C') AND EXISTS (
                                   SELECT FROM pg_opclass o JOIN pg_am m ON m.oid = o.opcmethod AND m.amname = 'btree'
                                   WHERE o.opcdefault
                                     AND (o.opcintype = b.oid
                                          OR b.typtype = 'e' AND o.opcintype = 'anyenum'::regtype
                                          OR b.typtype = 'r' AND o.opcintype = 'anyrange'::regtype
                                          OR EXISTS (SELECT FROM pg_cast
                                                     WHERE castsource = b.oid AND casttarget = o.opcintype
                                                       AND castmethod = 'b' AND castcontext = 'i')))
                           ) ORDER BY a.attnum), '[]')
                    FROM pg_attribute a, LATERAL (
                        WITH RECURSIVE base AS (
                            SELECT t.* FROM pg_type t WHERE t.oid = a.atttypid
                            UNION ALL
                            SELECT t.* FROM base JOIN pg_type t ON t.oid = base.typbasetype)
                        SELECT * FROM base WHERE typtype <> 'd') AS b
                    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)::text AS columns,
                   (SELECT coalesce(json_agg(json_build_object(
                               'unique', i.indisunique AND i.indimmediate,
                               'keys', (SELECT json_agg(json_build_object(
                                                   'column', CASE WHEN o.opcdefault AND k.flags IN (0, 3)
                                                                   AND k.coll = a.attcollation THEN a.attname END,
                                                   'nullable', NOT a.attnotnull, 'descending', k.flags = 3) ORDER BY n)
                                        FROM unnest(i.indkey::int2[], i.indoption::int2[], i.indclass::oid[],
                                                    i.indcollation::oid[])
                                             WITH ORDINALITY AS k(attnum, flags, class, coll, n)
                                             LEFT JOIN pg_opclass o ON o.oid = k.class
                                             LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
                                        WHERE n <= i.indnkeyatts))), '[]')
                    FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam
                    WHERE i.indrelid = c.oid AND i.indisvalid AND i.indisready AND i.indpred IS NULL
                      AND m.amname = 'btree')::text AS indexes
            FROM pg_class c
            WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'views') AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
              AND NOT c.relispartition AND has_table_privilege(c.oid, 'SELECT')
              AND NOT (%s)
            ORDER BY c.relname COLLATE "C"
            """
                    .formatted(OWN);

    private static final Map<Long, JsonForm> FORMS = Map.ofEntries(
            Map.entry(16L, JsonForm.BOOLEAN),
            Map.entry(17L, JsonForm.BYTES),
            Map.entry(20L, JsonForm.INTEGER),
            Map.entry(21L, JsonForm.INTEGER),
            Map.entry(23L, JsonForm.INTEGER),
            Map.entry(114L, JsonForm.ANY),
            Map.entry(700L, JsonForm.NUMBER),
            Map.entry(701L, JsonForm.NUMBER),
            Map.entry(1082L, JsonForm.DATE),
            Map.entry(1184L, JsonForm.MOMENT),
            Map.entry(1700L, JsonForm.NUMBER),
            Map.entry(2950L, JsonForm.UUID),
            Map.entry(3802L, JsonForm.ANY));

    private final Set<String> baseViews;

    /** @param baseViews the tables that are kept from topics */
    CatalogQuery(Set<String> baseViews) {
        this.baseViews = baseViews;
    }

    /** To be subscribed to at once. */
    Uni<Catalog> run(ViewReader reader) {
        long askedAt = System.nanoTime();
        return reader.list(SQL, this::read, (Object) baseViews.toArray(String[]::new))
                .map(views -> new Catalog(views, askedAt));
    }

    private CatalogView read(Row row) {
        return new CatalogView(
                row.getString("name"),
                kind(row),
                row.getString("comment"),
                objects(row.getString("columns")).map(CatalogQuery::column).toList(),
                List.of(row.getArrayOfStrings("key")),
                objects(row.getString("indexes")).map(CatalogQuery::index).toList(),
                row.getLong("rows"),
                Set.of(row.getArrayOfStrings("reads")),
                Set.of(row.getArrayOfStrings("kept_from")));
    }

    private Kind kind(Row row) {
        if (baseViews.contains(row.getString("name"))) {
            return Kind.BASE;
        }
        if (row.getBoolean("derived")) {
            return Kind.DERIVED;
        }
        return Set.of("v", "m").contains(row.getString("relkind")) ? Kind.VIEW : Kind.TABLE;
    }

    private static ViewColumn column(JsonObject column) {
        Long element = column.getLong("element");
        return new ViewColumn(
                column.getString("name"),
                column.getString("type"),
                column.getString("cast"),
                form(column.getLong("base"), column.getString("category")),
                element == null ? null : form(element, ""),
                column.getBoolean("nullable"),
                column.getBoolean("comparable"),
                column.getString("comment"));
    }

    private static JsonForm form(Long type, String category) {
        return FORMS.getOrDefault(
                type,
                switch (category) {
                    case "A" -> JsonForm.ARRAY;
                    case "C" -> JsonForm.ANY;
                    default -> JsonForm.STRING;
                });
    }

    /** One whose columns can be NULL keeps no two rows apart. */
    private static ViewIndex index(JsonObject index) {
        List<JsonObject> all =
                index.getJsonArray("keys").stream().map(JsonObject.class::cast).toList();
        List<ViewIndex.Key> keys = all.stream()
                .takeWhile(key -> key.getString("column") != null)
                .map(key -> new ViewIndex.Key(key.getString("column"), key.getBoolean("descending")))
                .toList();
        boolean unique = index.getBoolean("unique")
                && keys.size() == all.size()
                && all.stream().noneMatch(key -> key.getBoolean("nullable"));
        return new ViewIndex(
                keys, unique ? keys.stream().map(ViewIndex.Key::column).collect(Collectors.toSet()) : Set.of());
    }

    private static Stream<JsonObject> objects(String json) {
        return new JsonArray(json).stream().map(JsonObject.class::cast);
    }
}
