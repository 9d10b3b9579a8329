-- Views that are kept from their SELECT: what is made for a view, and CALL keep itself.

-- Refuses a definition whose text does not match its parse tree, groups of a type whose = is none of PostgreSQL's own, and more of
-- them than an index has columns.
CREATE PROCEDURE keep_check_apart(plan keep_plan)
    LANGUAGE plpgsql
AS $$
DECLARE
    type text;
BEGIN
    IF cardinality(plan.items) <> cardinality(plan.columns) OR cardinality(plan.plain) <> cardinality(plan.columns)
       OR cardinality(plan.groups) <> (SELECT count(*) FROM keep_query_parts(plan.nodes, 'SORTGROUPCLAUSE')) THEN
        CALL keep_refuse(plan.view, 'its definition cannot be told apart', 'Keep it by hand: see derive.');
    END IF;
    IF cardinality(plan.groups) > 31 THEN
        CALL keep_refuse(plan.view, 'it groups by more than 31 columns', 'Group by the key that the others follow from alone.');
    END IF;
    SELECT format_type(a.oid, NULL) INTO type
    FROM keep_query_parts(plan.nodes, 'SORTGROUPCLAUSE') n, pg_operator o, pg_type a
    WHERE o.oid = keep_field(n.own, 'eqop')::oid AND a.oid = o.oprleft
      AND o.oprnamespace <> 'pg_catalog'::regnamespace LIMIT 1;
    IF type IS NOT NULL THEN
        CALL keep_refuse(plan.view, format('it groups by %s, a type of an extension', type), 'Group by a text: lower(x::text).');
    END IF;
END
$$;

-- The table of what is kept: empty, with its key.
CREATE PROCEDURE keep_create_table(plan keep_plan)
    LANGUAGE plpgsql
AS $$
DECLARE
    key text[] := plan.keys;
BEGIN
    IF plan.way = 'DIFFERENCE' THEN
        key := key || ARRAY['share'];
        EXECUTE format('CREATE TABLE %s WITH (fillfactor = 50) AS'
                       || ' SELECT counter_share() AS share, f.*%s FROM (%s) AS f WITH NO DATA', plan.kept,
                       CASE WHEN plan.changed_at IS NULL THEN '' ELSE ', now() AS changed' END, plan.fill);
        EXECUTE format('ALTER TABLE %s ALTER share SET NOT NULL, %s', plan.kept,
                       keep_list(plan.states || CASE WHEN plan.changed_at IS NOT NULL THEN ARRAY['changed'] ELSE '{}' END,
                                 'ALTER %s SET NOT NULL'));
        IF plan.changed_at IS NOT NULL THEN
            EXECUTE format('ALTER TABLE %s ALTER changed SET DEFAULT now()', plan.kept);
        END IF;
    ELSE
        EXECUTE format('CREATE TABLE %s WITH (fillfactor = 90) AS %s WITH NO DATA', plan.kept,
                       translate(plan.fill, chr(2) || chr(3), ''));
    END IF;
    EXECUTE format('CREATE UNIQUE INDEX %I ON %s (%s) NULLS NOT DISTINCT', plan.view || '_kept_key', plan.kept, keep_list(key));
    -- Its keys may be NULL, and somebody's publication may be FOR ALL TABLES.
    EXECUTE format('ALTER TABLE %s REPLICA IDENTITY FULL', plan.kept);
END
$$;

-- Whether the groups' members are always written alike, as the table's types say. 1.0 and 1.00 are one group, and shown as either,
-- so nothing else may be shown of it, and, by difference, nothing be kept from it.
CREATE PROCEDURE keep_check_spelling(INOUT plan keep_plan)
    LANGUAGE plpgsql
AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_attribute
               WHERE attrelid = to_regclass(plan.kept) AND attname = ANY (ARRAY(
                         SELECT 'key ' || n FROM generate_subscripts(plan.groups, 1) AS n))
                 AND NOT keep_is_written_one_way(atttypid, atttypmod, attcollation)) THEN
        plan.exact := plan.exact AND plan.way <> 'DIFFERENCE';
        IF keep_shows_members(plan.nodes) THEN
            CALL keep_refuse(
                plan.view, 'it shows what follows from a group whose members may be written in several ways, as 1.0 and 1.00',
                'Group by that, too.');
        END IF;
    END IF;
END
$$;

-- The comments on a view and its columns, and who else may read them, as statements.
CREATE FUNCTION keep_said_of(view text) RETURNS SETOF text
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT format('COMMENT ON %s IS %L',
                  CASE objsubid WHEN 0 THEN format('VIEW %I', view) ELSE format('COLUMN %I.%I', view, attname) END, description)
    FROM pg_description LEFT JOIN pg_attribute ON attrelid = objoid AND attnum = objsubid
    WHERE objoid = to_regclass(quote_ident(view)) AND classoid = 'pg_class'::regclass
    UNION ALL
    SELECT format('GRANT SELECT%s ON %I TO %s%s', o.of, view,
                  CASE r.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r.grantee)) END,
                  CASE WHEN r.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
    FROM pg_class c,
         LATERAL (SELECT '' AS of, c.relacl AS acl
                  UNION ALL
                  SELECT format(' (%I)', attname), attacl FROM pg_attribute WHERE attrelid = c.oid) AS o,
         aclexplode(o.acl) AS r
    WHERE c.oid = to_regclass(quote_ident(view)) AND r.privilege_type = 'SELECT' AND r.grantee <> c.relowner;
END;

-- The same is said of a view that has come in the place of the one of which it was, and nothing that default privileges say.
CREATE PROCEDURE keep_say(view text, said text[])
    LANGUAGE plpgsql
AS $$
DECLARE
    statement text;
BEGIN
    FOR statement IN SELECT format('REVOKE ALL ON %I FROM %s', view,
                                   CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END)
                     FROM pg_class, aclexplode(relacl)
                     WHERE oid = to_regclass(quote_ident(view)) AND grantee <> relowner
                     UNION ALL
                     SELECT unnest(said)
    LOOP
        EXECUTE statement;
    END LOOP;
END
$$;

-- The view steps aside, as NAME_definition, for one that reads what is kept.
CREATE PROCEDURE keep_step_aside(plan keep_plan)
    LANGUAGE plpgsql
AS $$
DECLARE
    said text[] := ARRAY(SELECT keep_said_of(plan.view));
BEGIN
    EXECUTE format('ALTER VIEW %I RENAME TO %I', plan.view, plan.view || '_definition');
    EXECUTE format('CREATE VIEW %I AS %s', plan.view,
                   replace(plan.rows, chr(1), coalesce(', max(changed) AS ' || quote_ident(plan.changed_at), '')));
    IF EXISTS (SELECT attname, atttypid, atttypmod, attcollation FROM pg_attribute
               WHERE attrelid = plan.definition AND attnum > 0
               EXCEPT
               SELECT attname, atttypid, atttypmod, attcollation FROM pg_attribute
               WHERE attrelid = to_regclass(quote_ident(plan.view))) THEN
        CALL keep_refuse(plan.view, 'a column would have another type',
                         'Say the type: (…)::type; or keep it by hand: see derive.');
    END IF;
    CALL keep_say(plan.view, said);
END
$$;

-- NAME_fill(), which works all of it out anew: in the order of its keys, of which an index is made faster so.
CREATE PROCEDURE keep_create_fill(plan keep_plan)
    LANGUAGE plpgsql
AS $$
BEGIN
    EXECUTE format('CREATE PROCEDURE %I() LANGUAGE sql BEGIN ATOMIC DELETE FROM %s; INSERT INTO %2$s (%3$s) %4$s%5$s; END',
                   plan.view || '_fill', plan.kept,
                   array_to_string(CASE WHEN plan.way = 'DIFFERENCE' THEN ARRAY['share'] END || plan.keys || plan.states, ', '),
                   CASE WHEN plan.way = 'DIFFERENCE' THEN format('SELECT counter_share(), f.* FROM (%s) AS f', plan.fill)
                        ELSE translate(plan.fill, chr(2) || chr(3), '') END,
                   (SELECT ' ORDER BY ' || string_agg((i + (plan.way = 'DIFFERENCE')::integer)::text, ', ' ORDER BY i)
                    FROM generate_subscripts(plan.keys, 1) AS i));
END
$$;

-- For what is kept from another kept view: as source does for a base view, empty relations with the names that triggers give to
-- a statement's rows. For a base view they are made anew if its columns are others by now.
CREATE PROCEDURE keep_create_stand_ins(plan keep_plan)
    LANGUAGE plpgsql
AS $$
DECLARE
    kept_in text;
BEGIN
    FOR kept_in IN SELECT s.kept_in FROM keep_sources(plan) s LOOP
        IF (SELECT array_agg(attname ORDER BY attnum) FROM pg_attribute
            WHERE attrelid = to_regclass(quote_ident(kept_in)) AND attnum > 0 AND NOT attisdropped)
           IS DISTINCT FROM
           (SELECT array_agg(attname ORDER BY attnum) FROM pg_attribute
            WHERE attrelid = to_regclass(quote_ident(kept_in || '_added')) AND attnum > 0) THEN
            EXECUTE format('DROP VIEW IF EXISTS %I, %I', kept_in || '_added', kept_in || '_removed');
            EXECUTE format('CREATE VIEW %I AS SELECT * FROM %I WHERE false', kept_in || '_added', kept_in);
            EXECUTE format('CREATE VIEW %I AS SELECT * FROM %I WHERE false', kept_in || '_removed', kept_in);
        END IF;
    END LOOP;
END
$$;

-- NAME_apply(), the trigger function, which follows what a statement has changed. Its text is read, and rows are found, in the same
-- way in every session.
CREATE PROCEDURE keep_create_apply(plan keep_plan)
    LANGUAGE plpgsql
AS $$
BEGIN
    EXECUTE format('CREATE FUNCTION %I() RETURNS trigger LANGUAGE plpgsql SET search_path = '''''
                   || ' SET standard_conforming_strings = on SET array_nulls = on SET row_security = off %s AS %L',
        plan.view || '_apply',
        -- What is looked up elsewhere is looked up as the number of changed rows asks for.
        CASE WHEN plan.way = 'KEYS' OR plan.is_join OR plan.turn = 'EXCLUSIVE'
             THEN 'SET plan_cache_mode = force_custom_plan SET jit = off' ELSE '' END,
        format(E'\n#variable_conflict use_column\nDECLARE\n    "kept share" integer;\nBEGIN\n'
               '    PERFORM set_config(''search_path'', quote_ident(TG_TABLE_SCHEMA) || '', pg_temp'', true);\n'
               '    "kept share" := counter_share();\n'
               '%s%s    RETURN NULL;\nEND\n', keep_branches(plan),
               CASE WHEN plan.is_join THEN E'    PERFORM set_config(''streamviews.changing'', '''', true);\n' ELSE '' END));
END
$$;

-- The triggers in what the view reads: those that call NAME_apply(), and those that have who changes a base view wait.
CREATE PROCEDURE keep_create_triggers(plan keep_plan)
    LANGUAGE plpgsql
AS $$
DECLARE
    source record;
    base   text;
BEGIN
    FOR source IN SELECT * FROM keep_sources(plan) LOOP
        CALL derive(plan.view, source.kept_in);
        FOREACH base IN ARRAY source.reads LOOP
            IF source.is_kept THEN
                CALL refill_after_truncate(plan.view, base);
            END IF;
            IF plan.turn IS NOT NULL THEN
                EXECUTE format('CREATE TRIGGER %1$I BEFORE INSERT OR UPDATE OR DELETE ON %2$I'
                               || ' FOR EACH STATEMENT WHEN (is_kept(%5$L)) EXECUTE FUNCTION keep_turn(%3$L, %4$L)',
                               (SELECT 'turn_' || to_char(ordinal, 'FM000') || '_' || name
                                FROM derived_view WHERE name = plan.view),
                               base, plan.turn, CASE WHEN plan.is_join THEN 'JOIN' ELSE '' END, plan.view);
            END IF;
        END LOOP;
    END LOOP;
END
$$;

-- Makes a view one that is kept: what it was is NAME_definition; NAME reads what is kept of it in NAME_kept, whose key is
-- NAME_kept_key. NAME_fill() works that out anew, NAME_apply() follows a statement, called by triggers derived_NNN_NAME_insert,
-- _update and _delete of what it reads; refill_NNN_NAME follows TRUNCATE, turn_NNN_NAME has tasks wait where they must.
--   changed_at   a further column of this name says when a row has last changed (of counts, sums and averages)
-- What PostgreSQL writes of the definition is the same in every session, and means the same.
CREATE PROCEDURE keep(view text, changed_at text DEFAULT NULL)
    LANGUAGE plpgsql
    SET "TimeZone" = 'UTC' SET "DateStyle" = 'ISO, YMD' SET "IntervalStyle" = postgres SET extra_float_digits = 1
    SET bytea_output = hex SET lc_monetary = 'C' SET standard_conforming_strings = on SET array_nulls = on
    SET quote_all_identifiers = off SET row_security = off
AS $$
DECLARE
    path text := current_setting('search_path');
    plan keep_plan;
BEGIN
    PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);
    -- What the view is, and whether it can be kept.
    CALL keep_prepare(view, changed_at);
    plan := keep_parse(view, changed_at);
    CALL keep_check(view, plan.definition, plan.nodes);
    CALL keep_take_apart(plan);
    CALL keep_check_apart(plan);

    -- What is kept of it, and how.
    CALL keep_choose_way(plan);
    IF plan.way = 'DIFFERENCE' THEN
        CALL keep_plan_difference(plan);
    ELSE
        CALL keep_plan_groups(plan);
    END IF;

    -- What is made for that.
    CALL keep_create_table(plan);
    CALL keep_check_spelling(plan);
    CALL keep_step_aside(plan);
    CALL keep_create_fill(plan);
    CALL keep_create_stand_ins(plan);
    CALL keep_create_apply(plan);
    INSERT INTO kept_view
    SELECT plan.view, plan.way, array_agg(base), replace(plan.rows, chr(1), ''), plan.exact
    FROM keep_sources(plan) s, unnest(s.reads) AS base;
    CALL keep_create_triggers(plan);
    EXECUTE format('CALL %I()', view || '_fill');
    PERFORM set_config('search_path', path, true);
END
$$;
