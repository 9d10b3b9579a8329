package io.streamviews.projection.generation;

import io.smallrye.mutiny.Uni;
import io.streamviews.postgres.Sql;
import io.vertx.mutiny.sqlclient.SqlClient;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All that a generation has besides its rows, from PostgreSQL's catalogue. What is not listed by its kind below is still
 * listed by its name, since PostgreSQL notes whatever depends on a schema's objects: a kind that nobody has thought of is
 * noticed when it is missing in another generation.
 *
 * <p>Texts are compared between a generation that bears a name and another one that bears it later: they need no rewriting.
 * The search path must be {@code pg_catalog} alone, so that all names in them are in full.
 */
public final class GenerationParts {

    /** The schema, what it holds, and whatever depends on that, wherever it is. Flyway's table is Flyway's. */
    private static final String OBJECTS =
            """
            WITH RECURSIVE object(classid, objid) AS (
                SELECT 'pg_namespace'::regclass::oid, '{schema}'::regnamespace::oid
                UNION
                SELECT d.classid, d.objid
                FROM object o JOIN pg_depend d ON d.refclassid = o.classid AND d.refobjid = o.objid
            ), relation AS (
                SELECT c.*, i.type, i.identity AS name, CASE relkind WHEN 'v' THEN pg_get_viewdef(c.oid) END AS definition
                FROM pg_class c, pg_identify_object('pg_class'::regclass, c.oid, 0) i
                WHERE c.relnamespace = '{schema}'::regnamespace AND NOT starts_with(c.relname, 'flyway_schema_history')
            ), routine AS (
                SELECT p.*, i.type, i.identity AS name, CASE WHEN prokind <> 'a' THEN pg_get_functiondef(p.oid) END AS definition
                FROM pg_proc p, pg_identify_object('pg_proc'::regclass, p.oid, 0) i
                WHERE p.pronamespace = '{schema}'::regnamespace
            ), fired AS (
                SELECT t.oid, tgname, tgenabled, r.name, p.pronamespace = r.relnamespace AS own, pg_get_triggerdef(t.oid) AS definition,
                       replace(pg_get_triggerdef(t.oid), format('TRIGGER %I ', tgname), 'TRIGGER ') AS nameless
                FROM pg_trigger t JOIN relation r ON r.oid = tgrelid JOIN pg_proc p ON p.oid = tgfoid
                WHERE NOT tgisinternal
            ), granted AS (
                SELECT o.*, privilege_type || columns AS privilege, grantor, is_grantable,
                       CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS grantee
                FROM (SELECT oid::bigint AS at, CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind,
                             oid::regclass::text AS name, '' AS columns, relowner AS owner,
                             coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner)) AS acl
                      FROM pg_class
                      WHERE relnamespace = '{schema}'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
                      UNION ALL
                      SELECT attrelid::bigint, 'TABLE', attrelid::regclass::text, format(' (%I)', attname), relowner, attacl
                      FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
                      WHERE relnamespace = '{schema}'::regnamespace AND NOT attisdropped
                      UNION ALL
                      SELECT oid::bigint, 'ROUTINE', name, '', proowner, coalesce(proacl, acldefault('f', proowner)) FROM routine
                      UNION ALL
                      SELECT oid::bigint, 'TYPE', oid::regtype::text, '', typowner, coalesce(typacl, acldefault('T', typowner))
                      FROM pg_type WHERE typnamespace = '{schema}'::regnamespace AND typcategory <> 'A' AND typtype <> 'm'
                      UNION ALL
                      SELECT oid::bigint, 'SCHEMA', nspname, '', nspowner, coalesce(nspacl, acldefault('n', nspowner))
                      FROM pg_namespace WHERE oid = '{schema}'::regnamespace) o, aclexplode(acl)
                WHERE columns = '' OR grantee <> owner
            )
            """;

    /** What is there under its name; what belongs to one relation or has no name of its own is listed further down. */
    private static final String NAMES =
            """
            SELECT 0 AS step, o.objid::bigint AS at, replace(i.type || ' ' || i.identity, 'rule "_RETURN" on', 'view') AS what,
                   '' AS says, NULL AS make, NULL AS undo
            FROM object o, pg_identify_object(o.classid, o.objid, 0) i
            WHERE i.identity !~ 'pg_toast[.]|flyway_schema_history'
              AND o.classid <> 'pg_default_acl'::regclass
              AND NOT EXISTS (SELECT FROM relation WHERE o.classid = 'pg_class'::regclass AND oid = o.objid AND type = 'index')
              AND NOT EXISTS (SELECT FROM pg_type WHERE o.classid = 'pg_type'::regclass AND oid = o.objid
                                AND (typrelid <> 0 OR typcategory = 'A'))
              AND NOT EXISTS (SELECT FROM pg_trigger WHERE o.classid = 'pg_trigger'::regclass AND oid = o.objid
                                AND (tgisinternal OR tgrelid IN (SELECT oid FROM relation)))
              AND NOT EXISTS (SELECT FROM pg_rewrite WHERE o.classid = 'pg_rewrite'::regclass AND oid = o.objid
                                AND rulename = '_RETURN' AND ev_class IN (SELECT oid FROM relation))
              AND NOT EXISTS (SELECT FROM pg_constraint WHERE o.classid = 'pg_constraint'::regclass AND oid = o.objid
                                AND conrelid IN (SELECT oid FROM relation))
              AND NOT EXISTS (SELECT FROM pg_attrdef WHERE o.classid = 'pg_attrdef'::regclass AND oid = o.objid
                                AND adrelid IN (SELECT oid FROM relation))
            UNION ALL
            SELECT 0, s.oid::bigint, format('subscription %I to %s', s.subname, r.name), '', NULL, NULL
            FROM pg_subscription_rel b JOIN pg_subscription s ON s.oid = b.srsubid JOIN relation r ON r.oid = b.srrelid
            """;

    /** What rows are made by, and what takes time to make. */
    private static final String DEFINITIONS =
            """
            UNION ALL
            SELECT 1, oid::bigint, type || ' ' || name, definition, definition, NULL
            FROM routine WHERE prokind <> 'a'
            UNION ALL
            SELECT 2, oid::bigint, type || ' ' || name, definition, format('CREATE OR REPLACE VIEW %s AS %s', name, definition), NULL
            FROM relation WHERE relkind = 'v'
            UNION ALL
            SELECT CASE contype WHEN 'c' THEN 3 ELSE 0 END, c.oid::bigint, format('table constraint %I on %s', conname, name),
                   pg_get_constraintdef(c.oid),
                   CASE contype WHEN 'c' THEN format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I, ADD CONSTRAINT %2$I %s',
                                                     name, conname, pg_get_constraintdef(c.oid)) END,
                   CASE contype WHEN 'c' THEN format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I', name, conname) END
            FROM pg_constraint c JOIN relation r ON r.oid = conrelid WHERE contype NOT IN ('n', 't')
            UNION ALL
            SELECT 4, r.oid::bigint, type || ' ' || name, pg_get_indexdef(r.oid),
                   format('DROP INDEX IF EXISTS %s; %s', name, pg_get_indexdef(r.oid)), NULL
            FROM relation r JOIN pg_index ON indexrelid = r.oid
            WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = r.oid AND conrelid = indrelid)
            UNION ALL
            SELECT 5, s.oid::bigint, i.type || ' ' || i.identity,
                   concat(pg_get_statisticsobjdef(s.oid), nullif(' ' || (to_jsonb(s) ->> 'stxstattarget'), ' -1')),
                   pg_get_statisticsobjdef(s.oid), NULL
            FROM pg_statistic_ext s, pg_identify_object('pg_statistic_ext'::regclass, s.oid, 0) i
            WHERE stxrelid IN (SELECT oid FROM relation)
            UNION ALL
            SELECT 0, attrelid::bigint, format('column %s.%I', name, attname),
                   concat_ws(' ', format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated, attstorage,
                             attcompression, attoptions, attfdwoptions, attcollation::regcollation, pg_get_expr(adbin, adrelid)),
                   NULL, NULL
            FROM pg_attribute JOIN relation r ON r.oid = attrelid
            LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
            WHERE attnum > 0 AND NOT attisdropped AND relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
            UNION ALL
            SELECT 0, r.oid::bigint, type || ' ' || name,
                   concat_ws(' ', relpersistence, spcname, seqstart, seqincrement, seqmin, seqmax, seqcache, seqcycle), NULL, NULL
            FROM relation r LEFT JOIN pg_tablespace t ON t.oid = reltablespace LEFT JOIN pg_sequence ON seqrelid = r.oid
            UNION ALL
            SELECT 0, r.oid::bigint, format('rule %I on %s', rulename, name), concat(ev_enabled, pg_get_ruledef(w.oid)), NULL, NULL
            FROM pg_rewrite w JOIN relation r ON r.oid = ev_class WHERE rulename <> '_RETURN'
            UNION ALL
            SELECT 0, enumtypid::bigint, 'type ' || enumtypid::regtype, string_agg(enumlabel, ' ' ORDER BY enumsortorder), NULL, NULL
            FROM pg_enum JOIN pg_type t ON t.oid = enumtypid WHERE typnamespace = '{schema}'::regnamespace GROUP BY enumtypid
            """;

    /** How tables are kept, and what happens when they change. A trigger of our own may bear another number in its name. */
    private static final String PROPERTIES =
            """
            UNION ALL
            SELECT 11, at, format('owner of %s %s', type, name), owner::text, format('ALTER %s %s OWNER TO %I', kind, name, owner), NULL
            FROM (SELECT 'TABLE' AS kind, type, name, oid::bigint AS at, pg_get_userbyid(relowner) AS owner
                  FROM relation WHERE relkind IN ('r', 'p', 'v', 'm', 'f')
                  UNION ALL
                  SELECT 'ROUTINE', type, name, oid::bigint, pg_get_userbyid(proowner) FROM routine
                  UNION ALL
                  SELECT 'SCHEMA', 'schema', nspname, oid::bigint, pg_get_userbyid(nspowner)
                  FROM pg_namespace WHERE oid = '{schema}'::regnamespace) o
            UNION ALL
            SELECT 11, r.oid::bigint, format('%s of %s %s', o.name, type, r.name), o.value,
                   format('ALTER %s %s SET (%s = %L)', CASE type WHEN 'index' THEN 'INDEX' ELSE 'TABLE' END, r.name, o.name, o.value),
                   NULL
            FROM relation r LEFT JOIN pg_class t ON t.oid = r.reltoastrelid,
                 LATERAL (SELECT option_name, option_value FROM pg_options_to_table(r.reloptions)
                          UNION ALL
                          SELECT 'toast.' || option_name, option_value FROM pg_options_to_table(t.reloptions)) o(name, value)
            UNION ALL
            SELECT 11, r.oid::bigint, 'replica identity of ' || name, relreplident::text,
                   format('ALTER TABLE %s REPLICA IDENTITY %s', name,
                          CASE relreplident WHEN 'd' THEN 'DEFAULT' WHEN 'n' THEN 'NOTHING' WHEN 'f' THEN 'FULL'
                              ELSE (SELECT format('USING INDEX %I', relname) FROM pg_class i JOIN pg_index ON indexrelid = i.oid
                                    WHERE indrelid = r.oid AND indisreplident) END), NULL
            FROM relation r WHERE relkind IN ('r', 'p')
            UNION ALL
            SELECT 11, r.oid::bigint, 'clustering of ' || r.name, i.name, format('ALTER TABLE %s CLUSTER ON %I', r.name, i.relname), NULL
            FROM pg_index JOIN relation r ON r.oid = indrelid JOIN relation i ON i.oid = indexrelid WHERE indisclustered
            UNION ALL
            SELECT 11, r.oid::bigint, format('statistics target of %s.%I', name, attname), attstattarget::text,
                   CASE type WHEN 'index' THEN format('ALTER INDEX %s ALTER %s SET STATISTICS %s', name, attnum, attstattarget)
                       ELSE format('ALTER TABLE %s ALTER %I SET STATISTICS %s', name, attname, attstattarget) END, NULL
            FROM pg_attribute JOIN relation r ON r.oid = attrelid WHERE attnum > 0 AND NOT attisdropped AND attstattarget >= 0
            UNION ALL
            SELECT CASE WHEN own THEN 0 ELSE 12 END, oid::bigint,
                   CASE WHEN own THEN nameless ELSE format('trigger %I on %s', tgname, name) END, CASE WHEN own THEN '' ELSE definition END,
                   CASE WHEN NOT own THEN definition END, CASE WHEN NOT own THEN format('DROP TRIGGER IF EXISTS %I ON %s', tgname, name) END
            FROM fired
            UNION ALL
            SELECT 13, oid::bigint, 'state of ' || nameless, tgenabled::text,
                   format('ALTER TABLE %s %s TRIGGER %I', name,
                          CASE tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'A' THEN 'ENABLE ALWAYS' WHEN 'R' THEN 'ENABLE REPLICA'
                              ELSE 'ENABLE' END, tgname), NULL
            FROM fired
            """;

    /**
     * Who may see and do what. These are alike in both directions: what has been revoked must not be there either. A right
     * that was granted by another one than the owner cannot be granted in that one's name; the owner's own are not looked at:
     * who owns the views may be another role than when they were made. Rights on the schema come first of
     * all: who is to own something there needs one.
     */
    private static final String RIGHTS =
            """
            UNION ALL
            SELECT 20, r.oid::bigint, 'row-level security of ' || name, concat(relrowsecurity, ' ', relforcerowsecurity),
                   format('ALTER TABLE %s %s ROW LEVEL SECURITY, %s ROW LEVEL SECURITY', name,
                          CASE WHEN relrowsecurity THEN 'ENABLE' ELSE 'DISABLE' END,
                          CASE WHEN relforcerowsecurity THEN 'FORCE' ELSE 'NO FORCE' END), NULL
            FROM relation r WHERE relkind IN ('r', 'p')
            UNION ALL
            SELECT 21, at, format('policy %I on %s', polname, name), make, make, format('DROP POLICY %I ON %s', polname, name)
            FROM (SELECT p.oid::bigint AS at, polname, name,
                         format('CREATE POLICY %I ON %s AS %s FOR %s TO %s', polname, name,
                                CASE WHEN polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
                                CASE polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
                                    WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
                                (SELECT string_agg(CASE role WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(role)) END,
                                                   ', ' ORDER BY role)
                                 FROM unnest(polroles) role))
                         || coalesce(' USING (' || pg_get_expr(polqual, polrelid) || ')', '')
                         || coalesce(' WITH CHECK (' || pg_get_expr(polwithcheck, polrelid) || ')', '') AS make
                  FROM pg_policy p JOIN relation r ON r.oid = polrelid) policy
            UNION ALL
            SELECT CASE kind WHEN 'SCHEMA' THEN 10 ELSE 30 END, at,
                   format('%s on %s %s to %s', privilege, lower(kind), name, grantee)
                           || CASE WHEN grantor <> owner THEN ', granted by ' || pg_get_userbyid(grantor) ELSE '' END,
                   is_grantable::text,
                   CASE grantor WHEN owner THEN format('GRANT %s ON %s %s TO %s', privilege, kind, name, grantee)
                                                || CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END END,
                   format('REVOKE %s ON %s %s FROM %s CASCADE', privilege, kind, name, grantee)
            FROM granted WHERE grantee <> quote_ident(pg_get_userbyid(owner))
            UNION ALL
            SELECT 31, at, format('%s GRANT %s TO %s', alter, privilege, grantee), is_grantable::text,
                   format('%s GRANT %s TO %s', alter, privilege, grantee)
                   || CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END,
                   format('%s REVOKE %s FROM %s', alter, privilege, grantee)
            FROM (SELECT d.oid::bigint AS at, is_grantable,
                         format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA {schema}', pg_get_userbyid(defaclrole)) AS alter,
                         format('%s ON %s', privilege_type, CASE defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES'
                                                                WHEN 'f' THEN 'ROUTINES' ELSE 'TYPES' END) AS privilege,
                         CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS grantee
                  FROM pg_default_acl d, aclexplode(defaclacl)
                  WHERE defaclnamespace = '{schema}'::regnamespace) future
            UNION ALL
            SELECT 32, objoid::bigint, format('%s on %s %s', lower(noun), type, identity), text,
                   format('%s ON %s %s IS %L', noun, keyword, identity, text), format('%s ON %s %s IS NULL', noun, keyword, identity)
            FROM (SELECT n.*, type, identity,
                         CASE WHEN type LIKE '% column' THEN 'COLUMN' WHEN type = 'table constraint' THEN 'CONSTRAINT'
                             WHEN type = 'statistics object' THEN 'STATISTICS' ELSE upper(type) END AS keyword
                  FROM (SELECT classoid, objoid, objsubid, 'COMMENT' AS noun, description AS text FROM pg_description
                        UNION ALL
                        SELECT classoid, objoid, objsubid, format('SECURITY LABEL FOR %I', provider), label FROM pg_seclabel) n
                  JOIN object ON classid = classoid AND object.objid = objoid,
                       pg_identify_object(classoid, objoid, objsubid)
                  WHERE position('{schema}' IN identity) > 0) note
            """;

    /** What does not belong to a schema, and would go with it. */
    private static final String OUTSIDE =
            """
            SELECT DISTINCT replace(i.type || ' ' || i.identity, 'rule "_RETURN" on', 'view')
            FROM object o, pg_identify_object(o.classid, o.objid, 0) i
            WHERE position('{schema}' IN i.identity) = 0 AND i.identity !~ 'pg_toast[.]'
              AND NOT EXISTS (SELECT FROM pg_trigger WHERE o.classid = 'pg_trigger'::regclass AND oid = o.objid AND tgisinternal)
            ORDER BY 1
            """;

    private GenerationParts() {}

    /** Asks for those of the generation that has this schema now: the columns of {@code generation_part}. */
    static String sql(String schema) {
        return in(schema, OBJECTS + NAMES + DEFINITIONS + PROPERTIES + RIGHTS);
    }

    /** Of the generation that has this schema now, by key. */
    static Uni<Map<String, GenerationPart>> of(SqlClient client, String schema) {
        return read(client, sql(schema));
    }

    /** What the files of a generation have made, told as if it bore the live one's name. */
    static Uni<Map<String, GenerationPart>> asMade(SqlClient client, String schema) {
        return read(client, "SELECT step, at, what, says, make, undo FROM %s.generation_part".formatted(schema));
    }

    private static Uni<Map<String, GenerationPart>> read(SqlClient client, String sql) {
        return Sql.list(client, sql, GenerationPart::of).map(GenerationParts::inOrder);
    }

    /** By key. */
    static Map<String, GenerationPart> inOrder(Collection<GenerationPart> parts) {
        Map<String, GenerationPart> sorted = new LinkedHashMap<>();
        parts.stream().sorted(GenerationPart.IN_ORDER).forEach(part -> sorted.put(part.key(), part));
        return sorted;
    }

    /** Objects of others that depend on a schema's. */
    public static Uni<List<String>> outside(SqlClient client, String schema) {
        return Sql.texts(client, in(schema, OBJECTS + OUTSIDE));
    }

    private static String in(String schema, String sql) {
        return sql.replace("{schema}", schema);
    }
}
