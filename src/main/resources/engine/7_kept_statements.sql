-- Views that are kept from their SELECT: the statements that keep them.

-- That a relation's keys are those of others; NULL is equal to NULL. An index serves the first of two conditions, which has no
-- NULL; the second one looks at nothing unless there is a NULL. Together they are all. A row of NULLs, which IS NULL, is no NULL.
CREATE FUNCTION keep_same(relation text, keys text[], others text[], nulls boolean) RETURNS text
    LANGUAGE sql IMMUTABLE
RETURN CASE WHEN cardinality(keys) = 0 THEN (NOT nulls)::text
            WHEN nulls THEN (SELECT format('EXISTS (SELECT FROM %1$s WHERE %2$s) AND (%2$s) AND %3$s', relation,
                                           string_agg(format('%s.%s IS NOT DISTINCT FROM NULL', relation, k), ' OR '),
                                           string_agg(format('%s.%s IS NOT DISTINCT FROM (%s)', relation, k, o), ' AND '))
                             FROM unnest(keys, others) AS pair(k, o))
            ELSE (SELECT string_agg(format('%s.%s = (%s)', relation, k, o), ' AND ') FROM unnest(keys, others) AS pair(k, o)) END;

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
        -- By name: the table may get further columns, which the empty relations that stand in for rows do not have.
        RETURN format('SELECT %s FROM %I',
                      (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
                       WHERE attrelid = to_regclass(quote_ident(relation)) AND attnum > 0 AND NOT attisdropped),
                      relation || suffix);
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

-- Of the kept views that are summed up when they are read no more than is joined, by =, with the rows of a relation that have
-- changed: PostgreSQL sums up all of such a view before it compares.
CREATE FUNCTION keep_joined_rows(plan keep_plan, relation text) RETURNS text
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT coalesce(string_agg(
        format(', %1$I AS (WITH "kept touched" AS MATERIALIZED (SELECT DISTINCT %2$s FROM %3$I),'
               || ' %4$I AS (SELECT k.* FROM %4$I k, "kept touched" WHERE %5$s) %6$s)',
               name, keep_named(columns, keys), relation, name || '_kept',
               keep_same('"kept touched"', keys, ARRAY(SELECT 'k.' || key FROM unnest(keys) AS key), false), rows), ''), '')
    FROM (SELECT name, rows, array_agg(body ORDER BY body) AS keys, array_agg(quote_ident(attname) ORDER BY body) AS columns
          FROM (SELECT DISTINCT ON (k.name, c.body) k.name, k.rows, c.body, a.attname
                FROM keep_equal_columns((plan).nodes) e
                JOIN keep_relations((plan).nodes) s ON s.varno = e.varno AND s.name = keep_joined_rows.relation
                JOIN pg_attribute a ON a.attrelid = s.relation AND a.attnum = e.attno
                JOIN keep_relations((plan).nodes) r ON r.varno = e.equal_varno
                JOIN kept_view k ON k.name = r.name AND k.way = 'DIFFERENCE',
                     keep_clauses(k.rows) c
                WHERE c.clause = 'SELECT' AND c.item = e.equal_attno AND c.body ~ '^"key \d+"$'
                ORDER BY k.name, c.body, a.attname) AS key
          GROUP BY name, rows) AS summed;
END;

-- The statement that adds the difference which the rows added to and removed from a relation make.
CREATE FUNCTION keep_by_difference(plan keep_plan, relation text, share text) RETURNS text
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    joined text := keep_joined_rows(plan, relation);
BEGIN
    RETURN format(
        'INSERT INTO %1$s AS k (%2$s, %3$s) SELECT %4$s, %5$s FROM (%6$s UNION ALL %7$s) AS change %8$s HAVING %9$s %10$s'
        || ' ON CONFLICT (%2$s) DO UPDATE SET %11$s',
        plan.kept, keep_list(plan.keys || ARRAY['share']), keep_list(plan.states), keep_list(plan.keys || share),
        keep_list(plan.states, 'sum(%s)'),
        format('SELECT %s FROM (WITH %I AS (%s)%s %s) AS plus',
               keep_list(plan.keys || plan.states), relation, keep_changed(relation, '_added'), joined, plan.fill),
        format('SELECT %s FROM (WITH %I AS (%s)%s %s) AS minus',
               concat_ws(', ', nullif(keep_list(plan.keys), ''), keep_list(plan.states, '-%s')), relation,
               keep_changed(relation, '_removed'), joined, plan.fill),
        CASE WHEN cardinality(plan.keys) = 0 THEN '' ELSE 'GROUP BY ' || keep_list(plan.keys) END,
        keep_list(plan.states, 'sum(%s) <> 0', ' OR '),
        CASE WHEN cardinality(plan.keys) = 0 THEN '' ELSE 'ORDER BY ' || keep_list(plan.keys) END,
        keep_list(plan.states, '%1$s = k.%1$s + excluded.%1$s')
            || CASE WHEN plan.changed_at IS NOT NULL THEN ', changed = excluded.changed' ELSE '' END);
END
$$;

-- Of the kept views that are read and summed up themselves no more than belongs to the groups in "kept affected": PostgreSQL sums
-- up all of such a view before it compares.
CREATE FUNCTION keep_affected_rows(plan keep_plan) RETURNS text
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT coalesce('WITH ' || string_agg(
        format('%1$I AS MATERIALIZED (WITH "kept touched" AS MATERIALIZED (SELECT DISTINCT %2$s FROM "kept affected"),'
               || ' %3$I AS (SELECT k.* FROM %3$I k, "kept touched" WHERE %4$s'
               || ' UNION ALL SELECT k.* FROM %3$I k, "kept touched" WHERE %5$s) %6$s)',
               name, keep_list(keys), name || '_kept', keep_same('"kept touched"', keys, own, false),
               keep_same('"kept touched"', keys, own, true), rows), ', ') || ' ', '')
    FROM (SELECT name, rows, array_agg((plan).keys[n] ORDER BY n) AS keys, array_agg('k.' || body ORDER BY n) AS own
          FROM (SELECT DISTINCT ON (k.name, g.n) k.name, k.rows, g.n, c.body
                FROM keep_column_groups((plan).nodes) g
                JOIN keep_relations((plan).nodes) r ON r.varno = g.varno
                JOIN kept_view k ON k.name = r.name AND k.way = 'DIFFERENCE',
                     keep_clauses(k.rows) c
                WHERE c.clause = 'SELECT' AND c.item = g.attno AND c.body ~ '^"key \d+"$'
                ORDER BY k.name, g.n, c.body) AS key
          GROUP BY name, rows) AS summed;
END;

-- What the groups in "kept affected" are now.
CREATE FUNCTION keep_groups_now(plan keep_plan) RETURNS text
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    of_affected text := replace(plan.fill, chr(2), ', "kept affected"');
BEGIN
    IF cardinality(plan.groups) = 0 THEN
        RETURN format('SELECT n.* FROM (%s) AS n WHERE EXISTS (SELECT FROM "kept affected")',
                      translate(plan.fill, chr(2) || chr(3), ''));
    END IF;
    RETURN keep_affected_rows(plan)
           || replace(of_affected, chr(3), ' AND ' || keep_same('"kept affected"', plan.keys, plan.groups, false)) || ' UNION ALL '
           || replace(of_affected, chr(3), ' AND ' || keep_same('"kept affected"', plan.keys, plan.groups, true));
END
$$;

-- The statement that works out anew the groups which the rows added to and removed from a relation belong to.
CREATE FUNCTION keep_by_keys(plan keep_plan, relation text, is_optional boolean, share text) RETURNS text
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    -- A row right of a LEFT JOIN matters to all that it is joined with, also where WHERE asks for none.
    from_where text := CASE WHEN is_optional THEN keep_inner(plan.from_, relation) || ' WHERE true'
                            ELSE format('%s WHERE (%s)', plan.from_, plan.filter) END;
    affected   text := format(
        'WITH %I AS (SELECT * FROM (%s) AS a UNION ALL SELECT * FROM (%s) AS r)%s SELECT DISTINCT %s FROM %s AND %s IS NOT NULL',
        relation, keep_changed(relation, '_added'), keep_changed(relation, '_removed'),
        CASE WHEN is_optional THEN '' ELSE keep_joined_rows(plan, relation) END,
        keep_named(plan.key_values, plan.keys), from_where, share);
BEGIN
    RETURN format(
        'WITH "kept affected" AS MATERIALIZED (%1$s), "kept now" AS MATERIALIZED (%2$s),'
        || ' "kept gone" AS (SELECT %3$s FROM "kept affected" EXCEPT SELECT %3$s FROM "kept now"),'
        || ' "kept less" AS (DELETE FROM %4$s k USING "kept gone" g WHERE %5$s)'
        || ' INSERT INTO %4$s AS k (%6$s) SELECT %6$s FROM "kept now" ORDER BY %3$s ON CONFLICT (%3$s) DO %7$s',
        affected, keep_groups_now(plan), keep_list(plan.keys), plan.kept,
        keep_list(plan.keys, '(k.%1$s = g.%1$s OR k.%1$s IS NOT DISTINCT FROM NULL AND g.%1$s IS NOT DISTINCT FROM NULL)', ' AND '),
        keep_list(plan.keys || plan.states),
        CASE WHEN cardinality(plan.states) = 0 THEN 'NOTHING'
             ELSE format('UPDATE SET %s WHERE record_image_ne(ROW(%s), ROW(%s))', keep_list(plan.states, '%1$s = excluded.%1$s'),
                         keep_list(plan.states, 'k.%s'), keep_list(plan.states, 'excluded.%s')) END);
END
$$;

-- What the view's trigger function does: for each relation that the view reads, it follows what a statement there has changed.
CREATE FUNCTION keep_branches(plan keep_plan) RETURNS text
    LANGUAGE plpgsql
AS $$
DECLARE
    share     text := chr(1) || 'share' || chr(1);
    branches  text := '';
    source    record;
    statement text;
BEGIN
    FOR source IN SELECT * FROM keep_sources(plan) LOOP
        statement := CASE plan.way WHEN 'DIFFERENCE' THEN keep_by_difference(plan, source.name, share)
                                   ELSE keep_by_keys(plan, source.name, source.is_optional, share) END;
        -- What PostgreSQL does not take is found now, not with the first row that changes.
        EXECUTE 'EXPLAIN ' || replace(statement, share, 'counter_share()');
        branches := branches || format(E'    IF TG_TABLE_NAME = %L THEN\n        %s;\n    END IF;\n', source.kept_in,
                                       replace(statement, share, '"kept share"'));
    END LOOP;
    RETURN branches;
END
$$;
