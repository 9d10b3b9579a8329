package io.streamviews.projection.generation;

import io.streamviews.source.Identifiers;
import java.util.List;
import java.util.stream.Collectors;

/** Which keys and indexes a generation is filled without: how each is taken away, and how it is made afterwards. */
final class DeferredIndexes {

    /**
     * How to make what is missing: keys of base tables (1), their indexes (2), those of other tables (3), which derived views
     * fill. The table is there while the generation is not finished. Somebody's publication may be FOR ALL TABLES: rows can be
     * deleted without a key then where all of a row is its identity.
     */
    private static final String DEFERRED =
            """
            CREATE TABLE %1$s.deferred_index (of_table text NOT NULL, step integer NOT NULL, undo text NOT NULL, make text NOT NULL);
            ALTER TABLE %1$s.deferred_index REPLICA IDENTITY FULL
            """;

    private static final String DEFER_INDEXES =
            """
            INSERT INTO %1$s.deferred_index (of_table, step, undo, make)
            SELECT c.relname, CASE WHEN c.oid = ANY (ARRAY[%2$s]::regclass[]) THEN 2 ELSE 3 END,
                   'DROP INDEX ' || x.indexrelid::regclass, pg_get_indexdef(x.indexrelid)
            FROM pg_class c
            JOIN pg_index x ON x.indrelid = c.oid
            WHERE c.relnamespace = '%1$s'::regnamespace AND c.relkind = 'r' AND NOT c.relispartition AND NOT x.indisunique
              AND NOT EXISTS (SELECT FROM pg_constraint o WHERE o.conindid = x.indexrelid)
              AND NOT EXISTS (SELECT FROM pg_description d WHERE d.objoid = x.indexrelid)
            """;

    /** What is said of an index that tells what the primary key will be. */
    static final String STANDS_IN = "Stands in for the primary key";

    /**
     * A key is done without where nothing but the key makes it matter what else is in the table, and nothing hangs on it.
     * The index that stands in for it has only the keys that may be too long for an index: such rows are refused as they come.
     */
    private static final String DEFER_KEYS =
            """
            INSERT INTO %1$s.deferred_index (of_table, step, undo, make)
            SELECT c.relname, 1,
                   concat_ws('; ', format('ALTER TABLE %%s DROP CONSTRAINT %%I', c.oid::regclass, k.conname),
                             CASE c.relreplident WHEN 'd' THEN format('ALTER TABLE %%s REPLICA IDENTITY FULL', c.oid::regclass) END,
                             replace(pg_get_indexdef(x.indexrelid), 'CREATE UNIQUE INDEX', 'CREATE INDEX')
                                 || ' WHERE ' || coalesce(long.keys, 'false'),
                             format('COMMENT ON INDEX %%s IS %%L', x.indexrelid::regclass, '%3$s')),
                   concat_ws('; ', format('DROP INDEX %%s', x.indexrelid::regclass), pg_get_indexdef(x.indexrelid),
                             format('ALTER TABLE %%1$s ADD CONSTRAINT %%2$I PRIMARY KEY USING INDEX %%2$I', c.oid::regclass, k.conname),
                             CASE c.relreplident WHEN 'd' THEN format('ALTER TABLE %%s REPLICA IDENTITY DEFAULT', c.oid::regclass) END)
            FROM pg_class c
            JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p' AND NOT k.condeferrable
            JOIN pg_index x ON x.indexrelid = k.conindid AND NOT x.indisreplident AND NOT x.indisclustered
            CROSS JOIN LATERAL (
                SELECT string_agg(format(CASE t.typname WHEN 'numeric' THEN 'coalesce(octet_length(%%I::text), 0)'
                                                        ELSE 'coalesce(octet_length(%%I), 0)' END, a.attname),
                                  ' + ') || ' > 500' AS keys,
                       bool_and(t.typname IN ('text', 'varchar', 'bpchar', 'bytea', 'numeric')
                                AND t.typnamespace = 'pg_catalog'::regnamespace) AS can_be_told
                FROM pg_attribute a
                JOIN pg_type t ON t.oid = a.atttypid
                WHERE a.attrelid = c.oid AND a.attnum = ANY (x.indkey) AND a.attlen < 0) AS long
            WHERE c.oid = ANY (ARRAY[%2$s]::regclass[]) AND c.relkind = 'r' AND NOT c.relhasrules
              AND long.can_be_told IS NOT FALSE
              AND NOT EXISTS (SELECT FROM pg_inherits WHERE c.oid IN (inhrelid, inhparent))
              AND NOT EXISTS (SELECT FROM pg_index o
                              WHERE o.indrelid = c.oid AND (o.indisunique OR o.indisexclusion) AND NOT o.indisprimary)
              AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.conrelid = c.oid AND f.contype = 'f')
              AND NOT EXISTS (SELECT FROM pg_depend d
                              WHERE d.refobjid IN (k.oid, x.indexrelid) AND d.deptype = 'n')
              AND NOT EXISTS (SELECT FROM pg_description WHERE objoid IN (k.oid, x.indexrelid))
            """;

    private DeferredIndexes() {}

    /** The statements that note them, in a table that is there while the generation is not finished. */
    static List<String> of(String schema, List<String> baseTables) {
        String tables = baseTables.stream().map(Identifiers::literal).collect(Collectors.joining(", "));
        return List.of(
                DEFERRED.formatted(schema),
                DEFER_INDEXES.formatted(schema, tables),
                DEFER_KEYS.formatted(schema, tables, STANDS_IN));
    }
}
