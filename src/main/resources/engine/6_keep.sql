-- Views that are kept from their SELECT: CALL keep itself.

-- Makes a view one that is kept: what it was is NAME_definition; NAME reads what is kept of it in NAME_kept.
--   changed_at   a further column of this name says when a row has last changed (of counts, sums and averages)
CREATE PROCEDURE keep(view text, changed_at text DEFAULT NULL)
    LANGUAGE plpgsql
AS $$
DECLARE
    path       text := current_setting('search_path');
    comments   text[];
    definition oid;
    tree       text;
    sql        text;
    way        text := 'DIFFERENCE';
    exact      boolean := true;
    columns    text[];            -- the view's own, quoted
    from_where text;
    filter     text;              -- its WHERE
    having_    text;
    items      text[];            -- of its select list, hidden ones, too
    item_keys  integer[];         -- which key an item is
    plain      boolean[];         -- whether an item has no aggregate
    constant   boolean[];         -- whether it has no column
    groups     text[];            -- of its GROUP BY
    keys       text[];            -- columns of the kept table: of its GROUP BY, and what follows from them
    key_values text[];
    states     text[] := ARRAY['count(*)'];
    again      text;
    state      text[];
    shapes     text[];
    args       text[];
    filters    text[];
    called     text[];
    calls      integer := 0;
    call       record;
    reading    text[];
    head       text;
    kept       text;
    fill       text;
    statement  text;
    body       text := '';
    relation   record;
    locality   record;
    turn       text;
    i          integer;
    reads      text[] := '{}';
    share      text := chr(1) || 'share' || chr(1);
BEGIN
    PERFORM set_config('search_path', quote_ident(current_schema()), true);
    CALL keep_prepare(view, changed_at);
    definition := to_regclass(quote_ident(view));
    CALL keep_check(view, definition);
    tree := (SELECT ev_action::text FROM pg_rewrite WHERE ev_class = definition AND rulename = '_RETURN');
    sql := rtrim(pg_get_viewdef(definition), ';');
    columns := ARRAY(SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = definition AND attnum > 0 ORDER BY attnum);
    SELECT array_agg(c.body ORDER BY c.item) FILTER (WHERE c.clause = 'SELECT'),
           coalesce(array_agg(c.body ORDER BY c.item) FILTER (WHERE c.clause = 'GROUP'), '{}'),
           max(c.body) FILTER (WHERE c.clause = 'FROM'),
           coalesce(max(c.body) FILTER (WHERE c.clause = 'WHERE'), 'true'),
           max(c.body) FILTER (WHERE c.clause = 'HAVING')
    INTO items, groups, from_where, filter, having_
    FROM keep_clauses(sql) c;

    -- Which items are keys, and which have aggregates.
    WITH node AS MATERIALIZED (
        SELECT * FROM keep_nodes(tree)
    ), key AS (
        SELECT keep_field(n.own, 'tleSortGroupRef') AS ref, row_number() OVER (ORDER BY n.id) AS key
        FROM node n JOIN node q ON q.id = n.parent AND q.kind = 'QUERY' WHERE n.kind = 'SORTGROUPCLAUSE'
    ), target AS (
        SELECT t.*, keep_field(t.own, 'resno')::integer AS resno, keep_field(t.own, 'ressortgroupref') AS ref
        FROM node t JOIN node q ON q.id = t.parent AND q.kind = 'QUERY'
        WHERE t.kind = 'TARGETENTRY' AND keep_field(t.own, 'resjunk') = 'false'
    )
    SELECT array_agg(key.key::integer ORDER BY resno),
           array_agg(NOT EXISTS (SELECT FROM node a WHERE a.kind = 'AGGREF' AND a.id BETWEEN t.id AND t.last) ORDER BY resno),
           array_agg(NOT EXISTS (SELECT FROM node a WHERE a.kind IN ('AGGREF', 'VAR') AND a.id BETWEEN t.id AND t.last)
                     ORDER BY resno)
    INTO item_keys, plain, constant
    FROM target t LEFT JOIN key USING (ref);
    IF cardinality(items) <> cardinality(columns) OR cardinality(plain) <> cardinality(columns)
       OR cardinality(groups) <> (SELECT count(*) FROM keep_nodes(tree) n
                                  JOIN keep_nodes(tree) q ON q.id = n.parent AND q.kind = 'QUERY'
                                  WHERE n.kind = 'SORTGROUPCLAUSE') THEN
        CALL keep_refuse(view, 'its definition cannot be told apart', 'Keep it by hand: see derive.');
    END IF;
    SELECT format_type(a.oid, NULL) INTO sql
    FROM keep_nodes(tree) n JOIN keep_nodes(tree) q ON q.id = n.parent AND q.kind = 'QUERY', pg_operator o, pg_type a
    WHERE n.kind = 'SORTGROUPCLAUSE' AND o.oid = keep_field(n.own, 'eqop')::oid AND a.oid = o.oprleft
      AND o.oprnamespace <> 'pg_catalog'::regnamespace LIMIT 1;
    IF sql IS NOT NULL THEN
        CALL keep_refuse(view, format('it groups by %s, a type of an extension', sql), 'Group by a text: lower(x::text).');
    END IF;

    IF NOT keep_can_subtract(tree) THEN
        way := 'KEYS';
    ELSE
        SELECT * INTO shapes, args, filters, called
        FROM keep_calls(ARRAY(SELECT CASE WHEN x.p THEN '' ELSE x.e END
                              FROM unnest(items, plain) WITH ORDINALITY AS x(e, p, n) ORDER BY n)
                        || coalesce(having_, ''), ARRAY['count', 'sum', 'avg']);
        IF called IS DISTINCT FROM ARRAY(SELECT proname::text FROM keep_aggregates(tree) a JOIN pg_proc p ON p.oid = a.function
                                         ORDER BY a.n) THEN
            way := 'KEYS';
        END IF;
    END IF;
    IF way = 'KEYS' AND changed_at IS NOT NULL THEN
        CALL keep_refuse(view, 'changed_at is for counts, sums and averages', 'Leave it out.');
    END IF;
    locality := keep_is_local(tree);
    kept := quote_ident(view || '_kept');

    IF way = 'DIFFERENCE' THEN
        -- Items that follow from the keys are kept with them.
        keys := ARRAY(SELECT format('%I', 'key ' || n) FROM generate_subscripts(groups, 1) n ORDER BY n);
        key_values := groups;
        FOR i IN 1..cardinality(items) LOOP
            IF constant[i] AND item_keys[i] IS NULL THEN
                shapes[i] := items[i];
            ELSIF plain[i] AND item_keys[i] IS NULL THEN
                keys := keys || format('%I', 'key ' || cardinality(keys) + 1);
                key_values := key_values || items[i];
                item_keys[i] := cardinality(keys);
            END IF;
        END LOOP;
        again := format(' FROM %s WHERE (%s)', from_where, filter)
                 || (SELECT coalesce(string_agg(format(' AND (%s) IS NOT DISTINCT FROM "kept"."key %s"', g, n), ''), '')
                     FROM unnest(groups) WITH ORDINALITY AS x(g, n));
        FOR call IN
            SELECT a.n, f.*
            FROM keep_aggregates(tree) a,
                 LATERAL keep_formula(called[a.n], a.type, a.has_scale, a.not_null, args[a.n], filters[a.n], again) AS f
            ORDER BY a.n
        LOOP
            states := states || ARRAY(SELECT x.s FROM unnest(call.states) WITH ORDINALITY AS x(s, n)
                                      WHERE x.s <> ALL (states) ORDER BY n);
            state := ARRAY(SELECT format('sum("state %s")', array_position(states, x.s))
                           FROM unnest(call.states) WITH ORDINALITY AS x(s, n) ORDER BY n);
            shapes := ARRAY(SELECT replace(x.s, chr(1) || call.n || chr(1), '(' || format(call.formula, VARIADIC state) || ')')
                            FROM unnest(shapes) WITH ORDINALITY AS x(s, n) ORDER BY n);
        END LOOP;
        exact := NOT EXISTS (SELECT FROM keep_aggregates(tree)
                             WHERE NOT has_scale AND function IN ('sum(numeric)'::regprocedure, 'avg(numeric)'::regprocedure));
        reading := ARRAY(SELECT format('%s AS %s', coalesce(keys[item_keys[n]], shapes[n]), columns[n])
                         FROM generate_subscripts(columns, 1) n ORDER BY n);
        head := format('SELECT %s%s FROM %s AS "kept"', array_to_string(reading, ', '), chr(1), kept);
        IF cardinality(groups) > 0 THEN
            head := head || format(' GROUP BY %s HAVING sum("state 1") <> 0', array_to_string(keys, ', '))
                    || CASE WHEN having_ IS NULL THEN '' ELSE ' AND (' || shapes[cardinality(shapes)] || ')' END;
        ELSIF having_ IS NOT NULL THEN
            head := head || ' HAVING ' || shapes[cardinality(shapes)];
        END IF;
        state := ARRAY(SELECT format('"state %s"', n) FROM generate_subscripts(states, 1) n ORDER BY n);
        fill := format('SELECT %s FROM %s WHERE %s%s',
                       concat_ws(', ', keep_named(key_values, keys), keep_named(states, state)),
                       from_where, filter,
                       CASE WHEN cardinality(groups) = 0 THEN '' ELSE ' GROUP BY ' || keep_list(key_values) END);
        states := state;
        EXECUTE format('CREATE TABLE %s WITH (fillfactor = 50) AS'
                       || ' SELECT counter_share() AS share, f.*%s FROM (%s) AS f WITH NO DATA', kept,
                       CASE WHEN changed_at IS NULL THEN '' ELSE ', now() AS changed' END, fill);
        EXECUTE format('ALTER TABLE %s ALTER share SET NOT NULL, %s', kept,
                       keep_list(states || CASE WHEN changed_at IS NOT NULL THEN ARRAY['changed'] ELSE '{}' END,
                                 'ALTER %s SET NOT NULL'));
        IF changed_at IS NOT NULL THEN
            EXECUTE format('ALTER TABLE %s ALTER changed SET DEFAULT now()', kept);
        END IF;
        -- Whether equal keys are always written alike: 1.0 and 1.00 are one group.
        IF EXISTS (SELECT FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
                   WHERE a.attrelid = to_regclass(kept) AND a.attname LIKE 'key %'
                     AND (NOT (t.typtype = 'e' OR a.atttypid = 'numeric'::regtype AND a.atttypmod >= 0
                               OR t.typnamespace = 'pg_catalog'::regnamespace
                                  AND t.typname IN ('bool', 'int2', 'int4', 'int8', 'oid', 'text', 'varchar', 'name', 'uuid',
                                                    'bytea', 'date', 'time', 'timestamp', 'timestamptz'))
                          OR a.attcollation IN (SELECT oid FROM pg_collation WHERE NOT collisdeterministic))) THEN
            exact := false;
            IF cardinality(keys) > cardinality(groups) THEN
                CALL keep_refuse(
                    view, 'it shows what follows from a group whose members may be written in several ways, as 1.0 and 1.00',
                    'Group by that, too.');
            END IF;
        END IF;
        state := keys || ARRAY['share'];
    ELSE
        exact := true;
        IF cardinality(groups) = 0 THEN
            key_values := ARRAY['0'];
        ELSE
            key_values := groups;
        END IF;
        keys := ARRAY(SELECT format('%I', 'key ' || n) FROM generate_subscripts(key_values, 1) n ORDER BY n);
        states := ARRAY(SELECT format('%I', 'column ' || n) FROM generate_subscripts(items, 1) n
                        WHERE item_keys[n] IS NULL ORDER BY n);
        reading := ARRAY(SELECT format('%s AS %s', coalesce(keys[item_keys[n]], format('%I', 'column ' || n)), columns[n])
                         FROM generate_subscripts(columns, 1) n ORDER BY n);
        head := format('SELECT %s%s FROM %s AS "kept"', array_to_string(reading, ', '), chr(1), kept);
        fill := format('SELECT %s FROM %s%s WHERE (%s)%s%s%s',
                       concat_ws(', ', keep_named(key_values, keys),
                                 keep_named(ARRAY(SELECT items[n] FROM generate_subscripts(items, 1) n
                                                  WHERE item_keys[n] IS NULL ORDER BY n),
                                            states)),
                       from_where, chr(2), filter, chr(3),
                       CASE WHEN cardinality(groups) = 0 THEN '' ELSE ' GROUP BY ' || keep_list(groups) END,
                       coalesce(' HAVING ' || having_, ''));
        EXECUTE format('CREATE TABLE %s WITH (fillfactor = 90) AS %s WITH NO DATA', kept, translate(fill, chr(2) || chr(3), ''));
        state := keys;
    END IF;
    EXECUTE format('CREATE UNIQUE INDEX %I ON %s (%s) NULLS NOT DISTINCT', view || '_kept_key', kept, keep_list(state));
    -- Its keys may be NULL, and somebody's publication may be FOR ALL TABLES.
    EXECUTE format('ALTER TABLE %s REPLICA IDENTITY FULL', kept);

    -- The view steps aside for what reads the kept rows.
    comments := ARRAY(SELECT keep_comments(view));
    EXECUTE format('ALTER VIEW %I RENAME TO %I', view, view || '_definition');
    EXECUTE format('CREATE VIEW %I AS %s', view,
                   replace(head, chr(1), coalesce(', max(changed) AS ' || quote_ident(changed_at), '')));
    IF EXISTS (SELECT attname, atttypid, atttypmod, attcollation FROM pg_attribute WHERE attrelid = definition AND attnum > 0
               EXCEPT
               SELECT attname, atttypid, atttypmod, attcollation FROM pg_attribute
               WHERE attrelid = to_regclass(quote_ident(view))) THEN
        CALL keep_refuse(view, 'a column would have another type', 'Say the type: (…)::type; or keep it by hand: see derive.');
    END IF;
    FOREACH sql IN ARRAY comments LOOP
        EXECUTE sql;
    END LOOP;
    EXECUTE format('CREATE PROCEDURE %I() LANGUAGE sql BEGIN ATOMIC DELETE FROM %s; INSERT INTO %2$s (%3$s) %4$s; END',
                   view || '_fill', kept,
                   array_to_string(CASE WHEN way = 'DIFFERENCE' THEN ARRAY['share'] END || keys || states, ', '),
                   CASE WHEN way = 'DIFFERENCE' THEN format('SELECT counter_share(), f.* FROM (%s) AS f', fill)
                        ELSE translate(fill, chr(2) || chr(3), '') END);

    turn := CASE WHEN EXISTS (SELECT FROM keep_relations(tree) r JOIN kept_view k ON k.name = r.name) THEN 'EXCLUSIVE'
                 WHEN way = 'DIFFERENCE' AND NOT locality.is_join THEN NULL
                 WHEN locality.joins AND (way = 'DIFFERENCE' OR locality.groups) THEN 'SHARED'
                 ELSE 'EXCLUSIVE' END;
    -- What a statement in each of the relations that it reads has changed.
    FOR relation IN
        SELECT r.name, k.name IS NOT NULL AS is_kept, coalesce(k.reads, ARRAY[r.name]) AS reads,
               r.name || CASE WHEN k.name IS NULL THEN '' ELSE '_kept' END AS kept_in,
               r.varno IN (SELECT varno FROM keep_optional(tree)) AS is_optional
        FROM keep_relations(tree) r LEFT JOIN kept_view k ON k.name = r.name
        WHERE r.relation <> definition ORDER BY r.varno
    LOOP
        reads := reads || relation.reads;
        IF relation.is_kept AND to_regclass(quote_ident(relation.kept_in || '_added')) IS NULL THEN
            EXECUTE format('CREATE VIEW %I AS SELECT * FROM %I WHERE false', relation.kept_in || '_added', relation.kept_in);
            EXECUTE format('CREATE VIEW %I AS SELECT * FROM %I WHERE false', relation.kept_in || '_removed', relation.kept_in);
        END IF;
        statement := CASE way
            WHEN 'DIFFERENCE' THEN keep_by_difference(kept, relation.name, keys, states, fill, share, changed_at IS NOT NULL)
            -- A row right of a LEFT JOIN matters to all that it is joined with, also where WHERE asks for none.
            ELSE keep_by_keys(kept, relation.name, keys, key_values, groups, states, fill,
                              CASE WHEN relation.is_optional THEN keep_inner(from_where, relation.name) || ' WHERE true'
                                   ELSE format('%s WHERE (%s)', from_where, filter) END, share) END;
        EXECUTE 'EXPLAIN ' || replace(statement, share, 'counter_share()');
        body := body || format(E'    IF TG_TABLE_NAME = %L THEN\n        %s;\n    END IF;\n', relation.kept_in,
                               replace(statement, share, '"kept share"'));
    END LOOP;
    EXECUTE format('CREATE FUNCTION %I() RETURNS trigger LANGUAGE plpgsql SET search_path = '''' %s AS %L', view || '_apply',
        -- What is looked up elsewhere is looked up as the number of changed rows asks for.
        CASE WHEN way = 'KEYS' OR locality.is_join OR turn = 'EXCLUSIVE'
             THEN 'SET plan_cache_mode = force_custom_plan SET jit = off' ELSE '' END,
        format(E'\n#variable_conflict use_column\nDECLARE\n    "kept share" integer;\nBEGIN\n'
               '    PERFORM set_config(''search_path'', quote_ident(TG_TABLE_SCHEMA), true);\n'
               '    "kept share" := counter_share();\n'
               '%s%s    RETURN NULL;\nEND\n', body,
               CASE WHEN locality.is_join THEN E'    PERFORM set_config(''streamviews.changing'', '''', true);\n' ELSE '' END));

    INSERT INTO kept_view VALUES (view, way, reads, replace(head, chr(1), ''), exact);
    FOR relation IN
        SELECT r.name, k.name IS NOT NULL AS is_kept, coalesce(k.reads, ARRAY[r.name]) AS reads
        FROM keep_relations(tree) r LEFT JOIN kept_view k ON k.name = r.name
        WHERE r.relation <> definition ORDER BY r.varno
    LOOP
        CALL derive(view, relation.name || CASE WHEN relation.is_kept THEN '_kept' ELSE '' END);
        FOR i IN 1..cardinality(relation.reads) LOOP
            IF relation.is_kept THEN
                CALL refill_after_truncate(view, relation.reads[i]);
            END IF;
            IF turn IS NOT NULL THEN
                EXECUTE format('CREATE TRIGGER %1$I BEFORE INSERT OR UPDATE OR DELETE ON %2$I'
                               || ' FOR EACH STATEMENT WHEN (is_kept(%5$L)) EXECUTE FUNCTION keep_turn(%3$L, %4$L)',
                               (SELECT 'turn_' || to_char(ordinal, 'FM000') || '_' || name FROM derived_view WHERE name = view),
                               relation.reads[i], turn, CASE WHEN locality.is_join THEN 'JOIN' ELSE '' END, view);
            END IF;
        END LOOP;
    END LOOP;
    EXECUTE format('CALL %I()', view || '_fill');
    PERFORM set_config('search_path', path, true);
END
$$;
