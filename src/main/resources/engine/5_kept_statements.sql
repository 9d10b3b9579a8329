-- Views that are kept from their SELECT: what is kept of an aggregate, and the statements that keep it.

-- The aggregates of a parse tree: what they are of, whether a base view's column that is never NULL, and whether numbers of one
-- scale, in which their sum shows; is_value: whether nothing but the value counts where they stand.
CREATE FUNCTION keep_aggregates(tree text)
    RETURNS TABLE (n bigint, function oid, type oid, not_null boolean, has_scale boolean, is_value boolean, can_subtract boolean)
    LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH node AS MATERIALIZED (
        SELECT * FROM keep_nodes(tree)
    ), scaled AS MATERIALIZED (
        -- Casts to numeric(p, s) and of whole numbers, and rounding: whatever is in them has this scale.
        SELECT n.id, n.last FROM node n LEFT JOIN node second ON second.id = n.last AND second.kind = 'CONST'
        WHERE n.kind = 'FUNCEXPR'
          AND (keep_field(n.own, 'funcid')::oid IN (
                   'pg_catalog.numeric(numeric, integer)'::regprocedure, 'pg_catalog.numeric(smallint)'::regprocedure,
                   'pg_catalog.numeric(integer)'::regprocedure, 'pg_catalog.numeric(bigint)'::regprocedure)
               OR keep_field(n.own, 'funcid')::oid = 'round(numeric, integer)'::regprocedure AND second.id IS NOT NULL)
    ), aggregate AS (
        SELECT row_number() OVER (ORDER BY a.id) AS n, a.*, keep_field(a.own, 'aggfnoid')::oid AS function,
               substring(a.own FROM ':aggargtypes \(o (\d+)')::oid AS type,
               outside.kind AS within, keep_field(outside.own, 'opresulttype') AS makes
        FROM node a JOIN node outside ON outside.id = a.parent
        WHERE a.kind = 'AGGREF'
    )
    SELECT a.n, a.function, a.type, coalesce(c.attnotnull, false),
           NOT EXISTS (SELECT FROM node part
                       WHERE part.id BETWEEN v.id AND t.last
                         AND NOT EXISTS (SELECT FROM scaled s WHERE part.id BETWEEN s.id AND s.last)
                         AND NOT (part.kind IN ('CONST', 'RELABELTYPE')
                                  OR part.kind = 'VAR' AND keep_field(part.own, 'vartypmod')::integer >= 0
                                  OR part.kind = 'OPEXPR'
                                     AND keep_field(part.own, 'opno')::oid IN (
                                         SELECT oid FROM pg_operator
                                         WHERE oprcode IN ('numeric_add'::regproc, 'numeric_sub'::regproc, 'numeric_mul'::regproc,
                                                           'numeric_uminus'::regproc)))),
           a.within = 'TARGETENTRY' OR coalesce(a.makes = '16', false),
           keep_field(a.own, 'aggdistinct') = '<>' AND keep_field(a.own, 'aggorder') = '<>'
           AND a.function IN ('count()'::regprocedure, 'count("any")'::regprocedure,
                              'sum(smallint)'::regprocedure, 'sum(integer)'::regprocedure, 'sum(bigint)'::regprocedure,
                              'sum(numeric)'::regprocedure,
                              'avg(smallint)'::regprocedure, 'avg(integer)'::regprocedure, 'avg(bigint)'::regprocedure,
                              'avg(numeric)'::regprocedure)
    FROM aggregate a
    LEFT JOIN node t ON t.parent = a.id AND t.kind = 'TARGETENTRY'
    LEFT JOIN node v ON v.id = t.id + 1
    LEFT JOIN keep_relations(tree) r ON v.kind = 'VAR' AND r.varno = keep_field(v.own, 'varno')::bigint
    LEFT JOIN pg_attribute c ON c.attrelid = r.relation AND c.attnum = keep_field(v.own, 'varattno')::integer
    ORDER BY a.n;
END
$$;

-- Whether the difference that rows make can be told: of counts, sums and averages of exact numbers, alone or in expressions that
-- have nothing else of the rows.
CREATE FUNCTION keep_can_subtract(tree text) RETURNS boolean
    LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH node AS MATERIALIZED (
        SELECT * FROM keep_nodes(tree)
    ), query AS (
        SELECT * FROM node WHERE kind = 'QUERY'
    ), expression AS (
        SELECT t.id, t.last FROM node t JOIN query ON query.id = t.parent AND t.kind = 'TARGETENTRY'
        WHERE EXISTS (SELECT FROM node a WHERE a.kind = 'AGGREF' AND a.id BETWEEN t.id AND t.last)
        UNION ALL
        SELECT h.id, h.last FROM node h JOIN query ON keep_field(query.own, 'havingQual') = '{' || h.id || '}'
    )
    SELECT NOT EXISTS (SELECT FROM keep_optional(tree))
       AND NOT EXISTS (SELECT FROM keep_aggregates(tree)
                       WHERE NOT can_subtract
                          OR NOT has_scale AND NOT is_value
                             AND function IN ('sum(numeric)'::regprocedure, 'avg(numeric)'::regprocedure))
       AND NOT EXISTS (SELECT FROM node v JOIN expression e ON v.id BETWEEN e.id AND e.last
                       WHERE v.kind = 'VAR'
                         AND NOT EXISTS (SELECT FROM node a WHERE a.kind = 'AGGREF' AND v.id BETWEEN a.id AND a.last));
END;

-- What is kept for a call of an aggregate, and how the call's result is made of their sums, %1$s, %2$s and so on. again: from
-- where the rows of the group can be read.
CREATE FUNCTION keep_formula(
    called text, type oid, has_scale boolean, not_null boolean, args text, filter text, again text,
    OUT states text[], OUT formula text)
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    filtered text := coalesce(' FILTER (WHERE ' || filter || ')', '');
    regular  text;
BEGIN
    states := ARRAY['count(' || CASE WHEN not_null THEN '*' ELSE args END || ')' || filtered];
    IF called = 'count' THEN
        formula := 'coalesce(%1$s, 0)::bigint';
    ELSIF type <> 'numeric'::regtype THEN
        states := states || format('coalesce(sum(%s)%s, 0)', args, filtered);
        formula := 'CASE WHEN %1$s <> 0 THEN %2$s'
                   || CASE WHEN called = 'avg' THEN ' / %1$s' WHEN type = 'bigint'::regtype THEN '' ELSE '::bigint' END || ' END';
    ELSE
        -- What is not regular is counted apart: it cannot be subtracted, or its digits show in an average.
        regular := CASE WHEN called = 'avg' AND NOT has_scale THEN format('abs(%1$s) < 1e12 AND scale(%1$s) <= 8', args)
                        ELSE format('abs(%s) < ''Infinity''', args) END;
        states := states
            || format('coalesce(sum(%s) FILTER (WHERE %s%s), 0)', args, coalesce('(' || filter || ') AND ', ''), regular)
            || format('coalesce(sum(CASE WHEN %1$s = ''NaN'' THEN 1 WHEN %1$s > 0 THEN 1e20 ELSE 1e40 END)'
                      || ' FILTER (WHERE %2$sNOT (%3$s)), 0)', args, coalesce('(' || filter || ') AND ', ''), regular);
        formula := CASE
            WHEN called = 'sum' THEN 'CASE WHEN %1$s <> 0 THEN keep_total(%2$s, %3$s) END'
            WHEN has_scale THEN 'CASE WHEN %1$s <> 0 THEN keep_total(%2$s, %3$s) / %1$s END'
            ELSE 'CASE WHEN %1$s = 0 THEN NULL WHEN %3$s = 0 THEN %2$s / %1$s ELSE (SELECT '
                 || replace(format('avg(%s)%s%s', args, filtered, again), '%', '%%') || ') END' END;
    END IF;
END
$$;

-- How the rows of a relation that a statement has added or removed are read, in a trigger of the table that they are kept in.
CREATE FUNCTION keep_changed(relation text, suffix text) RETURNS text
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    kept    kept_view;
    rows    text := quote_ident(relation || '_kept');
    keys    text[];
    columns text;
    touched text;
BEGIN
    SELECT * INTO kept FROM kept_view WHERE name = relation;
    IF kept IS NULL THEN
        RETURN format('TABLE %I', relation || suffix);
    ELSIF kept.way = 'KEYS' THEN
        RETURN format('WITH %s AS (TABLE %I) %s', rows, relation || '_kept' || suffix, kept.rows);
    END IF;
    SELECT array_agg(quote_ident(attname) ORDER BY attnum) FILTER (WHERE attname LIKE 'key %'),
           string_agg(CASE WHEN attname LIKE 'state %' THEN '-' ELSE '' END || quote_ident(attname), ', ' ORDER BY attnum)
    INTO keys, columns
    FROM pg_attribute WHERE attrelid = to_regclass(rows) AND attnum > 0;
    touched := format('SELECT k.* FROM %s k', rows);
    IF keys IS NOT NULL THEN
        touched := format('%1$s, "kept touched" WHERE %2$s UNION ALL %1$s, "kept touched" WHERE %3$s', touched,
                          keep_same('"kept touched"', keys, ARRAY(SELECT 'k.' || k FROM unnest(keys) k), false),
                          keep_same('"kept touched"', keys, ARRAY(SELECT 'k.' || k FROM unnest(keys) k), true));
    END IF;
    -- What they were before is what they are, and what is gone, less what has come.
    RETURN format('WITH "kept touched" AS MATERIALIZED (SELECT DISTINCT %s FROM (TABLE %I UNION ALL TABLE %I) AS t),'
                  || ' %s AS (%s%s) %s',
                  coalesce(array_to_string(keys, ', '), '1'), relation || '_kept_added', relation || '_kept_removed',
                  rows, touched,
                  CASE suffix WHEN '_added' THEN '' ELSE format(' UNION ALL TABLE %I UNION ALL SELECT %s FROM %I',
                      relation || '_kept_removed', columns, relation || '_kept_added') END, kept.rows);
END
$$;

-- A list of texts, each in a form.
CREATE FUNCTION keep_list(texts text[], form text DEFAULT '%s', glue text DEFAULT ', ') RETURNS text
    LANGUAGE sql IMMUTABLE
RETURN coalesce((SELECT string_agg(format(form, t), glue ORDER BY n) FROM unnest(texts) WITH ORDINALITY AS x(t, n)), '');

-- Values with the columns that they are for.
CREATE FUNCTION keep_named(vals text[], columns text[]) RETURNS text
    LANGUAGE sql IMMUTABLE
RETURN (SELECT string_agg(v || ' AS ' || c, ', ' ORDER BY n) FROM unnest(vals, columns) WITH ORDINALITY AS x(v, c, n));

-- FROM with an inner join of a relation instead of a LEFT JOIN.
CREATE FUNCTION keep_inner(from_ text, relation text) RETURNS text
    LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
    SELECT string_agg(token, '' ORDER BY n)
    FROM (SELECT *, token = 'LEFT' AND lead(token, 2) OVER (ORDER BY n) = 'JOIN'
                    AND lead(token, 4) OVER (ORDER BY n) = quote_ident(relation) AS is_left
          FROM keep_tokens(from_)) AS t
    WHERE NOT is_left;
END;

-- The statement that adds the difference which the rows added to and removed from a relation make.
CREATE FUNCTION keep_by_difference(
    kept text, relation text, keys text[], states text[], fill text, share text, notes_time boolean) RETURNS text
    LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN format(
        'INSERT INTO %1$s AS k (%2$s, %3$s) SELECT %4$s, %5$s FROM (%6$s UNION ALL %7$s) AS change %8$s HAVING %9$s %10$s'
        || ' ON CONFLICT (%2$s) DO UPDATE SET %11$s',
        kept, keep_list(keys || ARRAY['share']), keep_list(states), keep_list(keys || share), keep_list(states, 'sum(%s)'),
        format('SELECT %s FROM (WITH %I AS (%s) %s) AS plus',
               keep_list(keys || states), relation, keep_changed(relation, '_added'), fill),
        format('SELECT %s FROM (WITH %I AS (%s) %s) AS minus',
               concat_ws(', ', nullif(keep_list(keys), ''), keep_list(states, '-%s')), relation,
               keep_changed(relation, '_removed'), fill),
        CASE WHEN cardinality(keys) = 0 THEN '' ELSE 'GROUP BY ' || keep_list(keys) END,
        keep_list(states, 'sum(%s) <> 0', ' OR '),
        CASE WHEN cardinality(keys) = 0 THEN '' ELSE 'ORDER BY ' || keep_list(keys) END,
        keep_list(states, '%1$s = k.%1$s + excluded.%1$s')
            || CASE WHEN notes_time THEN ', changed = excluded.changed' ELSE '' END);
END
$$;

-- The statement that works out anew the groups which the rows added to and removed from a relation belong to. In fill, U+0002 is
-- where a further relation comes, U+0003 where a further condition does.
CREATE FUNCTION keep_by_keys(
    kept text, relation text, keys text[], key_values text[], groups text[], states text[], fill text, from_where text,
    share text)
    RETURNS text
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    affected text := format(
        'WITH %I AS (SELECT * FROM (%s) AS a UNION ALL SELECT * FROM (%s) AS r) SELECT DISTINCT %s FROM %s AND %s IS NOT NULL',
        relation, keep_changed(relation, '_added'), keep_changed(relation, '_removed'), keep_named(key_values, keys),
        from_where, share);
    now_     text;
BEGIN
    IF cardinality(groups) = 0 THEN
        now_ := format('SELECT n.* FROM (%s) AS n WHERE EXISTS (SELECT FROM "kept affected")',
                       translate(fill, chr(2) || chr(3), ''));
    ELSE
        now_ := replace(fill, chr(2), ', "kept affected"');
        now_ := replace(now_, chr(3), ' AND ' || keep_same('"kept affected"', keys, groups, false)) || ' UNION ALL '
                || replace(now_, chr(3), ' AND ' || keep_same('"kept affected"', keys, groups, true));
    END IF;
    RETURN format(
        'WITH "kept affected" AS MATERIALIZED (%1$s), "kept now" AS MATERIALIZED (%2$s),'
        || ' "kept gone" AS (SELECT %3$s FROM "kept affected" EXCEPT SELECT %3$s FROM "kept now"),'
        || ' "kept less" AS (DELETE FROM %4$s k USING "kept gone" g WHERE %5$s)'
        || ' INSERT INTO %4$s AS k (%6$s) SELECT %6$s FROM "kept now" ORDER BY %3$s ON CONFLICT (%3$s) DO %7$s',
        affected, now_, keep_list(keys), kept, keep_list(keys, '(k.%1$s = g.%1$s OR k.%1$s IS NULL AND g.%1$s IS NULL)', ' AND '),
        keep_list(keys || states),
        CASE WHEN cardinality(states) = 0 THEN 'NOTHING'
             ELSE format('UPDATE SET %s WHERE record_image_ne(ROW(%s), ROW(%s))', keep_list(states, '%1$s = excluded.%1$s'),
                         keep_list(states, 'k.%s'), keep_list(states, 'excluded.%s')) END);
END
$$;

-- The comments on a view and its columns, as statements.
CREATE FUNCTION keep_comments(view text) RETURNS SETOF text
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT format('COMMENT ON %s IS %L',
                  CASE objsubid WHEN 0 THEN format('VIEW %I', view) ELSE format('COLUMN %I.%I', view, attname) END, description)
    FROM pg_description LEFT JOIN pg_attribute ON attrelid = objoid AND attnum = objsubid
    WHERE objoid = to_regclass(quote_ident(view)) AND classoid = 'pg_class'::regclass;
END;

-- Refuses a view that keep has nothing to do with, and makes a plain one of a materialized one, with its comments.
CREATE PROCEDURE keep_prepare(view text, changed_at text)
    LANGUAGE plpgsql
AS $$
DECLARE
    original   pg_class;
    definition text;
    comments   text[];
    comment    text;
BEGIN
    SELECT * INTO original FROM pg_class WHERE oid = to_regclass(quote_ident(view));
    IF original IS NULL OR original.relkind NOT IN ('v', 'm') THEN
        CALL keep_refuse(view, 'there is no view of this name', 'Write CREATE VIEW before CALL keep.');
    ELSIF octet_length(view) > 44 THEN
        CALL keep_refuse(view, 'its name has more than 44 bytes', 'What is made for it has longer names: give it a shorter one.');
    ELSIF EXISTS (SELECT FROM derived_view WHERE name = view) THEN
        CALL keep_refuse(view, 'it is kept already', 'Leave one of the two calls out.');
    ELSIF original.reloptions IS NOT NULL THEN
        CALL keep_refuse(view, 'it has options', 'Leave WITH (…) out.');
    ELSIF EXISTS (SELECT FROM pg_index WHERE indrelid = original.oid) THEN
        CALL keep_refuse(view, 'it has indexes', 'An index on the base view''s columns serves it.');
    ELSIF EXISTS (SELECT FROM pg_depend
                  WHERE refobjid = original.oid AND classid = 'pg_rewrite'::regclass
                    AND objid <> (SELECT oid FROM pg_rewrite WHERE ev_class = original.oid AND rulename = '_RETURN')) THEN
        CALL keep_refuse(view, 'another view has been built on it', 'Call keep before that view is created.');
    ELSIF changed_at IN (SELECT attname FROM pg_attribute WHERE attrelid = original.oid) THEN
        CALL keep_refuse(view, format('it has a column %s', changed_at), 'Give changed_at another name.');
    END IF;
    IF original.relkind = 'm' THEN
        definition := pg_get_viewdef(original.oid);
        comments := ARRAY(SELECT keep_comments(view));
        EXECUTE format('DROP MATERIALIZED VIEW %I', view);
        EXECUTE format('CREATE VIEW %I AS %s', view, definition);
        FOREACH comment IN ARRAY comments LOOP
            EXECUTE comment;
        END LOOP;
    END IF;
END
$$;
