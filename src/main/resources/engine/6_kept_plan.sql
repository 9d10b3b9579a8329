-- Views that are kept from their SELECT: what is found out about a view before anything is made for it.

-- A view that is to be kept. Each step of keep adds what it finds out or decides.
CREATE TYPE keep_plan AS (
    view         text,
    definition   oid,         -- the view, until it steps aside
    nodes        keep_node[],
    changed_at   text,
    -- Its definition, taken apart.
    columns      text[],      -- its own, quoted
    items        text[],      -- of its select list
    item_keys    integer[],   -- which key an item is
    plain        boolean[],   -- whether an item has no aggregate
    constant     boolean[],   -- whether an item has no column
    aggregates   keep_aggregate[],
    groups       text[],      -- of its GROUP BY
    from_        text,
    filter       text,        -- its WHERE
    having_      text,
    -- The way: DIFFERENCE or KEYS; whether it joins; who has to wait for whom (see keep_turn), NULL: nobody.
    way          text,
    is_join      boolean,
    turn         text,
    -- The table of what is kept. Its columns are keys and states, and what those are of a group of rows.
    kept         text,        -- its name, quoted
    keys         text[],
    key_values   text[],
    states       text[],
    state_values text[],
    fill         text,        -- how all of it is worked out from the base views
    rows         text,        -- how the view's rows are read from it; U+0001 is where the time of their change comes
    exact        boolean      -- see kept_view
);

-- What PostgreSQL has made of a view's definition.
CREATE FUNCTION keep_parse(view text, changed_at text) RETURNS keep_plan
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    plan keep_plan;
BEGIN
    plan.view := view;
    plan.changed_at := changed_at;
    plan.kept := quote_ident(view || '_kept');
    plan.definition := to_regclass(quote_ident(view));
    plan.nodes := ARRAY(SELECT n
                        FROM pg_rewrite, keep_nodes(ev_action::text) AS n
                        WHERE ev_class = plan.definition AND rulename = '_RETURN' ORDER BY n.id);
    RETURN plan;
END
$$;

-- The relations that the view reads, in the order of their numbers. kept_in: the table whose triggers tell of its changes;
-- reads: the base views that it is, or is kept from.
CREATE FUNCTION keep_sources(plan keep_plan)
    RETURNS TABLE (name text, is_kept boolean, kept_in text, reads text[], is_optional boolean)
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT r.name, k.name IS NOT NULL, r.name || CASE WHEN k.name IS NULL THEN '' ELSE '_kept' END,
           coalesce(k.reads, ARRAY[r.name]), r.varno IN (SELECT varno FROM keep_optional((plan).nodes))
    FROM keep_relations((plan).nodes) r LEFT JOIN kept_view k ON k.name = r.name
    WHERE r.relation <> (plan).definition
    ORDER BY r.varno;
END;

-- Takes the definition apart: its clauses, as PostgreSQL writes them, and what kind of thing each item of the select list is.
CREATE PROCEDURE keep_take_apart(INOUT plan keep_plan)
    LANGUAGE plpgsql
AS $$
BEGIN
    plan.columns := ARRAY(SELECT quote_ident(attname) FROM pg_attribute
                          WHERE attrelid = plan.definition AND attnum > 0 ORDER BY attnum);
    plan.aggregates := ARRAY(SELECT a FROM keep_aggregates(plan.nodes) AS a ORDER BY a.n);
    SELECT array_agg(c.body ORDER BY c.item) FILTER (WHERE c.clause = 'SELECT'),
           coalesce(array_agg(c.body ORDER BY c.item) FILTER (WHERE c.clause = 'GROUP'), '{}'),
           max(c.body) FILTER (WHERE c.clause = 'FROM'),
           coalesce(max(c.body) FILTER (WHERE c.clause = 'WHERE'), 'true'),
           max(c.body) FILTER (WHERE c.clause = 'HAVING')
    INTO plan.items, plan.groups, plan.from_, plan.filter, plan.having_
    FROM keep_clauses(rtrim(pg_get_viewdef(plan.definition), ';')) c;

    WITH node AS MATERIALIZED (
        SELECT * FROM unnest(plan.nodes)
    ), key AS (
        SELECT keep_field(own, 'tleSortGroupRef') AS ref, row_number() OVER (ORDER BY id) AS key
        FROM keep_query_parts(plan.nodes, 'SORTGROUPCLAUSE')
    ), target AS (
        SELECT id, last, keep_field(own, 'resno')::integer AS resno, keep_field(own, 'ressortgroupref') AS ref
        FROM keep_query_parts(plan.nodes, 'TARGETENTRY') WHERE keep_field(own, 'resjunk') = 'false'
    )
    SELECT array_agg(key.key::integer ORDER BY resno),
           array_agg(NOT EXISTS (SELECT FROM node a WHERE a.kind = 'AGGREF' AND a.id BETWEEN t.id AND t.last) ORDER BY resno),
           array_agg(NOT EXISTS (SELECT FROM node a WHERE a.kind IN ('AGGREF', 'VAR') AND a.id BETWEEN t.id AND t.last)
                     ORDER BY resno)
    INTO plan.item_keys, plan.plain, plan.constant
    FROM target t LEFT JOIN key USING (ref);
END
$$;

-- The calls of aggregates in the items and, last, in HAVING, as keep_calls has them.
CREATE FUNCTION keep_calls_of(plan keep_plan, OUT shapes text[], OUT args text[], OUT filters text[], OUT called text[])
    LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
    SELECT * FROM keep_calls(ARRAY(SELECT CASE WHEN x.p THEN '' ELSE x.e END
                                   FROM unnest((plan).items, (plan).plain) WITH ORDINALITY AS x(e, p, n) ORDER BY n)
                             || coalesce((plan).having_, ''), ARRAY['count', 'sum', 'avg']);
END;

-- Whether what follows from the groups can be kept with them as further keys: it is always written alike, and not too much.
CREATE FUNCTION keep_can_have_keys(plan keep_plan) RETURNS boolean
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT coalesce(bool_and(keep_is_written_one_way(a.atttypid, a.atttypmod, a.attcollation)), true)
           AND count(*) + cardinality((plan).groups) <= 31
    FROM generate_subscripts((plan).items, 1) AS n JOIN pg_attribute a ON a.attrelid = (plan).definition AND a.attnum = n
    WHERE (plan).plain[n] AND NOT (plan).constant[n] AND (plan).item_keys[n] IS NULL;
END;

-- Decides by what the view is kept, and who has to wait for whom: see keep_turn.
CREATE PROCEDURE keep_choose_way(INOUT plan keep_plan)
    LANGUAGE plpgsql
AS $$
DECLARE
    locality record;
BEGIN
    plan.way := CASE WHEN keep_can_subtract(plan.nodes, plan.aggregates) AND keep_can_have_keys(plan)
                          -- Found in the text, too.
                          AND (SELECT called FROM keep_calls_of(plan)) IS NOT DISTINCT FROM
                              ARRAY(SELECT proname::text FROM unnest(plan.aggregates) AS a JOIN pg_proc p ON p.oid = a.function
                                    ORDER BY a.n)
                     THEN 'DIFFERENCE' ELSE 'KEYS' END;
    IF plan.way = 'KEYS' AND plan.changed_at IS NOT NULL THEN
        CALL keep_refuse(plan.view, 'changed_at is for counts, sums and averages', 'Leave it out.');
    END IF;
    locality := keep_is_local(plan.nodes);
    plan.is_join := locality.is_join;
    plan.turn := CASE WHEN EXISTS (SELECT FROM keep_sources(plan) WHERE is_kept) THEN 'EXCLUSIVE'
                      WHEN plan.way = 'DIFFERENCE' AND NOT locality.is_join THEN NULL
                      WHEN locality.joins AND (plan.way = 'DIFFERENCE' OR locality.groups) THEN 'SHARED'
                      ELSE 'EXCLUSIVE' END;
END
$$;

-- What is kept for a call of an aggregate, and how the call's result is made of their sums, %1$s, %2$s and so on.
CREATE FUNCTION keep_formula(
    called text, type oid, has_scale boolean, not_null boolean, args text, filter text, OUT states text[], OUT formula text)
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    filtered text := coalesce(' FILTER (WHERE ' || filter || ')', '');
    asked    text := coalesce('(' || filter || ') AND ', '');
    finite   text := format('abs(%s) < ''Infinity''', args);
BEGIN
    states := ARRAY['count(' || CASE WHEN not_null THEN '*' ELSE args END || ')' || filtered];
    IF called = 'count' THEN
        formula := 'coalesce(%1$s, 0)::bigint';
    ELSIF type <> 'numeric'::regtype THEN
        states := states || format('coalesce(sum(%s)%s, 0)', args, filtered);
        formula := 'CASE WHEN %1$s <> 0 THEN %2$s'
                   || CASE WHEN called = 'avg' THEN ' / %1$s' WHEN type = 'bigint'::regtype THEN '' ELSE '::bigint' END || ' END';
    ELSE
        -- What is not finite cannot be subtracted, and is counted apart.
        states := states
            || format('coalesce(sum(%s) FILTER (WHERE %s%s), 0)', args, asked, finite)
            || format('coalesce(sum(CASE WHEN %1$s = ''NaN'' THEN 1 WHEN %1$s > 0 THEN 1e20 ELSE 1e40 END)'
                      || ' FILTER (WHERE %2$sNOT (%3$s)), 0)', args, asked, finite);
        formula := '%2$s';
        IF called = 'avg' AND NOT has_scale THEN
            -- The sum may have more digits than there are by now, and they would show in the average.
            states := states || format('coalesce(sum(keep_one_of_scale(%s)) FILTER (WHERE %s%s), 0)', args, asked, finite);
            formula := 'round(%2$s, keep_largest_scale(%4$s))';
        END IF;
        formula := 'CASE WHEN %1$s <> 0 THEN keep_total(' || formula || ', %3$s)'
                   || CASE called WHEN 'avg' THEN ' / %1$s' ELSE '' END || ' END';
    END IF;
END
$$;

-- By difference: which keys there are. Items that follow from the groups are kept with them.
CREATE PROCEDURE keep_plan_keys(INOUT plan keep_plan)
    LANGUAGE plpgsql
AS $$
BEGIN
    plan.keys := ARRAY(SELECT format('%I', 'key ' || n) FROM generate_subscripts(plan.groups, 1) n ORDER BY n);
    plan.key_values := plan.groups;
    FOR i IN 1..cardinality(plan.items) LOOP
        IF plan.plain[i] AND NOT plan.constant[i] AND plan.item_keys[i] IS NULL THEN
            plan.keys := plan.keys || format('%I', 'key ' || cardinality(plan.keys) + 1);
            plan.key_values := plan.key_values || plan.items[i];
            plan.item_keys[i] := cardinality(plan.keys);
        END IF;
    END LOOP;
END
$$;

-- By difference: which states there are, and the items and, last, HAVING, in terms of them.
CREATE PROCEDURE keep_plan_states(INOUT plan keep_plan, INOUT shapes text[])
    LANGUAGE plpgsql
AS $$
DECLARE
    call  record;
    state text[];
BEGIN
    plan.state_values := ARRAY['count(*)'];
    shapes := (SELECT c.shapes FROM keep_calls_of(plan) c);
    FOR i IN 1..cardinality(plan.items) LOOP
        IF plan.constant[i] AND plan.item_keys[i] IS NULL THEN
            shapes[i] := plan.items[i];
        END IF;
    END LOOP;
    FOR call IN
        SELECT a.n, f.*
        FROM keep_calls_of(plan) c, unnest(plan.aggregates) AS a,
             LATERAL keep_formula(c.called[a.n], a.type, a.has_scale, a.not_null, c.args[a.n], c.filters[a.n]) AS f
        ORDER BY a.n
    LOOP
        plan.state_values := plan.state_values || ARRAY(SELECT x.s FROM unnest(call.states) WITH ORDINALITY AS x(s, n)
                                                        WHERE x.s <> ALL (plan.state_values) ORDER BY n);
        state := ARRAY(SELECT format('sum("state %s")', array_position(plan.state_values, x.s))
                       FROM unnest(call.states) WITH ORDINALITY AS x(s, n) ORDER BY n);
        shapes := ARRAY(SELECT replace(x.s, chr(1) || call.n || chr(1), '(' || format(call.formula, VARIADIC state) || ')')
                        FROM unnest(shapes) WITH ORDINALITY AS x(s, n) ORDER BY n);
    END LOOP;
    plan.states := ARRAY(SELECT format('"state %s"', n) FROM generate_subscripts(plan.state_values, 1) n ORDER BY n);
END
$$;

-- The view's columns: the keys that they are, or else what is given for them.
CREATE FUNCTION keep_reading(plan keep_plan, others text[]) RETURNS text
    LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
    SELECT string_agg(format('%s AS %s', coalesce((plan).keys[(plan).item_keys[n]], others[n]), (plan).columns[n]), ', ' ORDER BY n)
    FROM generate_subscripts((plan).columns, 1) AS n;
END;

-- What is kept, and how it is read, of a view that is kept by difference.
CREATE PROCEDURE keep_plan_difference(INOUT plan keep_plan)
    LANGUAGE plpgsql
AS $$
DECLARE
    shapes text[];
BEGIN
    CALL keep_plan_keys(plan);
    CALL keep_plan_states(plan, shapes);
    plan.exact := NOT EXISTS (SELECT FROM unnest(plan.aggregates)
                              WHERE NOT has_scale AND function IN ('sum(numeric)'::regprocedure, 'avg(numeric)'::regprocedure));
    plan.rows := format('SELECT %s%s FROM %s AS "kept rows"', keep_reading(plan, shapes), chr(1), plan.kept);
    IF cardinality(plan.groups) > 0 THEN
        plan.rows := plan.rows || format(' GROUP BY %s HAVING sum("state 1") <> 0', keep_list(plan.keys))
                     || CASE WHEN plan.having_ IS NULL THEN '' ELSE ' AND (' || shapes[cardinality(shapes)] || ')' END;
    ELSIF plan.having_ IS NOT NULL THEN
        plan.rows := plan.rows || ' HAVING ' || shapes[cardinality(shapes)];
    END IF;
    plan.fill := format('SELECT %s FROM %s WHERE %s%s',
                        concat_ws(', ', keep_named(plan.key_values, plan.keys), keep_named(plan.state_values, plan.states)),
                        plan.from_, plan.filter,
                        CASE WHEN cardinality(plan.groups) = 0 THEN '' ELSE ' GROUP BY ' || keep_list(plan.key_values) END);
END
$$;

-- What is kept, and how it is read, of a view whose groups are worked out anew. In fill, U+0002 is where a further relation
-- comes, U+0003 where a further condition does.
CREATE PROCEDURE keep_plan_groups(INOUT plan keep_plan)
    LANGUAGE plpgsql
AS $$
BEGIN
    plan.exact := true;
    plan.key_values := CASE WHEN cardinality(plan.groups) = 0 THEN ARRAY['0'] ELSE plan.groups END;
    plan.keys := ARRAY(SELECT format('%I', 'key ' || n) FROM generate_subscripts(plan.key_values, 1) n ORDER BY n);
    SELECT coalesce(array_agg(format('%I', 'column ' || n) ORDER BY n), '{}'), coalesce(array_agg(plan.items[n] ORDER BY n), '{}')
    INTO plan.states, plan.state_values
    FROM generate_subscripts(plan.items, 1) n WHERE plan.item_keys[n] IS NULL;
    plan.rows := format('SELECT %s%s FROM %s AS "kept rows"',
                        keep_reading(plan, ARRAY(SELECT format('%I', 'column ' || n)
                                                 FROM generate_subscripts(plan.items, 1) n ORDER BY n)),
                        chr(1), plan.kept);
    plan.fill := format('SELECT %s FROM %s%s WHERE (%s)%s%s%s',
                        concat_ws(', ', keep_named(plan.key_values, plan.keys), keep_named(plan.state_values, plan.states)),
                        plan.from_, chr(2), plan.filter, chr(3),
                        CASE WHEN cardinality(plan.groups) = 0 THEN '' ELSE ' GROUP BY ' || keep_list(plan.groups) END,
                        coalesce(' HAVING ' || plan.having_, ''));
END
$$;
