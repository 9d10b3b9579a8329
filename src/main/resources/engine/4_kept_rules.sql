-- Views that are kept from their SELECT: which can be, which rows belong together, and who has to wait for whom.

-- That a relation's keys are those of others; NULL is equal to NULL. An index serves the first of two conditions, which has no
-- NULL; the second one looks at nothing unless there is a NULL. Together they are all.
CREATE FUNCTION keep_same(relation text, keys text[], others text[], nulls boolean) RETURNS text
    LANGUAGE sql IMMUTABLE
RETURN CASE WHEN cardinality(keys) = 0 THEN (NOT nulls)::text
            WHEN nulls THEN (SELECT format('EXISTS (SELECT FROM %1$s WHERE %2$s) AND (%2$s) AND %3$s', relation,
                                           string_agg(format('%s.%s IS NULL', relation, k), ' OR '),
                                           string_agg(format('%s.%s IS NOT DISTINCT FROM (%s)', relation, k, o), ' AND '))
                             FROM unnest(keys, others) AS pair(k, o))
            ELSE (SELECT string_agg(format('%s.%s = (%s)', relation, k, o), ' AND ') FROM unnest(keys, others) AS pair(k, o)) END;

-- Has whoever changes a base view wait for others where a kept view must see all that they have changed: by hand for everybody,
-- tasks for those by hand, and, EXCLUSIVE, for each other. To be called before a statement has locked a row, so that nobody waits
-- for who waits here; all take these locks in one order, which is why there is one of each for the whole generation. The next
-- statement sees what the others have committed.
CREATE FUNCTION keep_turn() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = ''
AS $$
DECLARE
    generation integer := (SELECT (relnamespace::bigint % 2147483647)::integer FROM pg_class WHERE oid = TG_RELID);
BEGIN
    PERFORM set_config('search_path', quote_ident(TG_TABLE_SCHEMA), true);
    IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
        RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
            MESSAGE = format('%s is changed in READ COMMITTED transactions only: kept views must see what others have committed',
                             TG_TABLE_NAME);
    END IF;
    IF counter_share() < 0 THEN
        PERFORM pg_advisory_xact_lock(7239378, generation);
    ELSE
        PERFORM pg_advisory_xact_lock_shared(7239378, generation);
        IF TG_ARGV[0] = 'EXCLUSIVE' THEN
            PERFORM pg_advisory_xact_lock(7239379, generation);
        END IF;
    END IF;
    IF TG_ARGV[1] = 'JOIN' THEN
        IF coalesce(current_setting('streamviews.changing', true), '') NOT IN ('', TG_RELID::text) THEN
            RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
                MESSAGE = format('one statement changes %s and %s, which a kept view joins', TG_TABLE_NAME,
                                 current_setting('streamviews.changing')::oid::regclass),
                HINT = 'Change them in two statements of one transaction.';
        END IF;
        PERFORM set_config('streamviews.changing', TG_RELID::text, true);
    END IF;
    RETURN NULL;
END
$$;

-- Columns of a base view each of which says by itself which partition a row comes from: they are the record's key, and two keys
-- that are written in two ways are two values, or else one row, whose records are in one partition.
CREATE FUNCTION keep_partitioned_by(base text) RETURNS SETOF name
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT name
    FROM (SELECT a.attname AS name, a.atttypid AS type,
                 declaration ->> 'keyFormat' AS key_format, declaration ->> 'recordKey' AS record_key,
                 coalesce(declaration ->> 'root', '') AS root, declaration -> 'columns' -> a.attname AS place,
                 EXISTS (SELECT FROM pg_index i
                         WHERE i.indrelid = a.attrelid AND i.indisprimary AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum)
                     AS is_key
          FROM view_source s
          JOIN pg_attribute a ON a.attrelid = to_regclass(quote_ident(s.view)) AND a.attnum > 0 AND NOT a.attisdropped
          WHERE s.view = base) AS c,
         LATERAL (SELECT CASE jsonb_typeof(place)
                             WHEN 'string' THEN ARRAY[place #>> '{}']
                             WHEN 'object' THEN CASE WHEN NOT place ?| ARRAY['format', 'blank_is_null']
                                                     THEN ARRAY[place ->> 'path'] END
                             ELSE ARRAY[root || '/' || name,
                                        root || '/' || (
                                            SELECT string_agg(CASE WHEN i = 1 THEN w ELSE upper(left(w, 1)) || substr(w, 2) END, ''
                                                              ORDER BY i)
                                            FROM regexp_split_to_table(name, '_+') WITH ORDINALITY AS word(w, i))]
                         END AS places) AS p
    WHERE is_key AND 'key' = ANY (places)
       OR type IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype, 'text'::regtype, 'varchar'::regtype)
          AND (record_key = ANY (places)
               OR 'key' = ANY (places)
                  AND (record_key IS NOT NULL OR key_format = 'long'
                       OR key_format = 'text' AND type IN ('text'::regtype, 'varchar'::regtype)));
END;

-- The relations that a parse tree reads, by their number in it. kept: the kept view that it is, if it is one.
CREATE FUNCTION keep_relations(tree text) RETURNS TABLE (varno bigint, node bigint, kind text, relation oid, name text)
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT r.varno, id, keep_field(own, 'rtekind'), c.oid, c.relname::text
    FROM (SELECT row_number() OVER (ORDER BY id) AS varno, id, own
          FROM keep_nodes(tree) WHERE kind IN ('RTE', 'RANGETBLENTRY')) AS r
    LEFT JOIN pg_class c ON keep_field(own, 'rtekind') = '0' AND c.oid = keep_field(own, 'relid')::oid;
END;

-- The relations of a parse tree that stand right of a LEFT JOIN.
CREATE FUNCTION keep_optional(tree text) RETURNS TABLE (varno bigint, name text)
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT r.varno, r.name
    FROM keep_nodes(tree) j
    JOIN keep_nodes(tree) i ON '{' || i.id || '}' = keep_field(j.own, 'rarg') AND i.kind = 'RANGETBLREF'
    JOIN keep_relations(tree) r ON r.varno = keep_field(i.own, 'rtindex')::bigint
    WHERE j.kind = 'JOINEXPR' AND keep_field(j.own, 'jointype') = '1';
END;

-- Refuses what no view can be kept with, whatever its aggregates are.
CREATE PROCEDURE keep_check(view text, definition oid)
    LANGUAGE plpgsql
AS $$
DECLARE
    tree  text := (SELECT ev_action::text FROM pg_rewrite WHERE ev_class = definition AND rulename = '_RETURN');
    query text := (SELECT own FROM keep_nodes(tree) WHERE kind = 'QUERY' ORDER BY id LIMIT 1);
    culprit text;
BEGIN
    IF keep_field(query, 'setOperations') <> '<>' THEN
        CALL keep_refuse(view, 'it has UNION, INTERSECT or EXCEPT', 'Keep each part, and put them together in a view on top.');
    ELSIF keep_field(query, 'cteList') <> '<>' THEN
        CALL keep_refuse(view, 'it has WITH', 'Write one SELECT over base views, or keep the parts and build on them.');
    ELSIF keep_field(query, 'hasSubLinks') = 'true' OR tree ~ ':rtekind 1 ' THEN
        CALL keep_refuse(view, 'it has a subquery', 'Write a join, or keep the subquery as a view of its own and build on it.');
    ELSIF keep_field(query, 'hasWindowFuncs') = 'true' THEN
        CALL keep_refuse(view, 'it has window functions', 'Put them into a view on top.');
    ELSIF keep_field(query, 'distinctClause') <> '<>' THEN
        CALL keep_refuse(view, 'it has DISTINCT', 'Write GROUP BY.');
    ELSIF keep_field(query, 'groupingSets') <> '<>' THEN
        CALL keep_refuse(view, 'it has GROUPING SETS, ROLLUP or CUBE', 'Keep one view per grouping.');
    ELSIF keep_field(query, 'limitCount') <> '<>' OR keep_field(query, 'limitOffset') <> '<>' THEN
        CALL keep_refuse(view, 'it has LIMIT or OFFSET', 'Put them into the query that reads it.');
    ELSIF keep_field(query, 'sortClause') <> '<>' THEN
        CALL keep_refuse(view, 'it has ORDER BY', 'Put it into the query that reads it.');
    ELSIF keep_field(query, 'rowMarks') <> '<>' THEN
        CALL keep_refuse(view, 'it locks rows', 'Leave FOR UPDATE or FOR SHARE out.');
    ELSIF keep_field(query, 'hasTargetSRFs') = 'true' OR tree ~ ':rtekind [34567] ' OR tree ~ '\{TABLESAMPLECLAUSE ' THEN
        CALL keep_refuse(view, 'it has rows of something else than tables: a function, VALUES or a sample',
                         'Put that into a view on top.');
    ELSIF tree ~ ':jointype [^01]' THEN
        CALL keep_refuse(view, 'it has a RIGHT JOIN or a FULL JOIN', 'Write LEFT JOIN.');
    ELSIF (SELECT count(*) FROM keep_nodes(tree) WHERE kind = 'JOINEXPR' AND keep_field(own, 'jointype') = '1')
          <> (SELECT count(*) FROM keep_optional(tree)) THEN
        CALL keep_refuse(view, 'it has a LEFT JOIN of what is itself joined', 'Join one view after the other.');
    ELSIF EXISTS (SELECT FROM keep_nodes(tree) v
                  JOIN keep_nodes(tree) k ON v.id BETWEEN k.id AND k.last
                   AND (k.kind = 'TARGETENTRY' AND keep_field(k.own, 'ressortgroupref') <> '0'
                        AND EXISTS (SELECT FROM keep_nodes(tree) q WHERE q.id = k.parent AND q.kind = 'QUERY')
                        OR keep_field(k.own, 'rtekind') = '9')
                  JOIN keep_optional(tree) o ON o.varno = keep_field(v.own, 'varno')::bigint
                  WHERE v.kind = 'VAR') THEN
        CALL keep_refuse(view, 'it groups by a column of what it joins by LEFT JOIN', 'Group by columns of what stands left.');
    ELSIF NOT EXISTS (SELECT FROM keep_relations(tree) WHERE relation <> definition) THEN
        CALL keep_refuse(view, 'it reads no base view', 'Make it a plain view: leave CALL keep out.');
    ELSIF keep_field(query, 'hasAggs') = 'false' AND keep_field(query, 'groupClause') = '<>' THEN
        CALL keep_refuse(view, 'it has no aggregate and no GROUP BY', 'Make it a plain view: leave CALL keep out.');
    END IF;

    SELECT c.name INTO culprit FROM keep_relations(tree) c
    WHERE relation <> definition AND to_regclass(quote_ident(c.name)) IS DISTINCT FROM relation;
    IF culprit IS NULL THEN
        SELECT r.name INTO culprit FROM keep_relations(tree) r
        WHERE relation <> definition AND NOT EXISTS (SELECT FROM view_source s WHERE s.view = r.name)
          AND NOT EXISTS (SELECT FROM kept_view k WHERE k.name = r.name);
    END IF;
    IF culprit IS NOT NULL THEN
        CALL keep_refuse(view, format('it reads %s, which is neither a base view nor a kept one', culprit),
                         'Read the base views themselves, or keep that one, too; or keep this view by hand: see derive.');
    END IF;
    SELECT base INTO culprit
    FROM keep_relations(tree) r
    LEFT JOIN kept_view k ON k.name = r.name,
         unnest(coalesce(k.reads, ARRAY[r.name])) AS base
    WHERE relation <> definition GROUP BY base HAVING count(*) > 1 LIMIT 1;
    IF culprit IS NOT NULL THEN
        CALL keep_refuse(view, format('it reads %s more than once, itself or through kept views', culprit),
                         'Read it once, or keep this view by hand: see derive.');
    END IF;
    SELECT k.name INTO culprit FROM keep_relations(tree) r JOIN kept_view k ON k.name = r.name WHERE NOT k.exact;
    IF culprit IS NOT NULL THEN
        CALL keep_refuse(view, format('it reads %s, whose rows may be written in several ways, as 1.0 and 1.00', culprit),
                         format('Give the numbers in %s a scale: x::numeric(20, 6).', culprit));
    END IF;
    IF EXISTS (SELECT FROM keep_nodes(tree) WHERE kind = 'VAR' AND keep_field(own, 'varattno') LIKE '-%') THEN
        CALL keep_refuse(view, 'it reads a system column', 'Leave it out.');
    END IF;
    SELECT a.attname INTO culprit
    FROM keep_nodes(tree) n JOIN keep_relations(tree) r ON r.varno = keep_field(n.own, 'varno')::bigint
    JOIN pg_attribute a ON a.attrelid = r.relation AND keep_field(n.own, 'varattno') IN (a.attnum::text, '0')
    WHERE n.kind = 'VAR' AND a.attgenerated = 'v';
    IF culprit IS NOT NULL THEN
        CALL keep_refuse(view, format('it reads %s, which is generated when it is read', culprit), 'Make the column STORED.');
    END IF;

    -- As PostgreSQL asks of an index: what it says today of the same row it must say tomorrow, in every session.
    SELECT says INTO culprit
    FROM (SELECT n.id, p.oid::regprocedure::text AS says
          FROM (SELECT id, keep_field(own, 'funcid')::oid AS function FROM keep_nodes(tree) WHERE kind = 'FUNCEXPR'
                UNION ALL
                SELECT id, keep_field(own, 'aggfnoid')::oid FROM keep_nodes(tree) WHERE kind = 'AGGREF'
                UNION ALL
                SELECT n.id, o.oprcode FROM keep_nodes(tree) n JOIN pg_operator o ON o.oid = keep_field(n.own, 'opno')::oid
                WHERE o.oprcode NOT IN ('anytextcat'::regproc, 'textanycat'::regproc)
                UNION ALL
                SELECT n.id, typinput FROM keep_nodes(tree) n JOIN pg_type t ON t.oid = keep_field(n.own, 'resulttype')::oid
                WHERE n.kind = 'COERCEVIAIO'
                UNION ALL
                -- What is made a text: by a cast, or where it is joined to one.
                SELECT n.id, typoutput
                FROM keep_nodes(tree) n
                LEFT JOIN pg_operator o ON o.oid = keep_field(n.own, 'opno')::oid
                JOIN keep_nodes(tree) a ON a.parent = n.id
                JOIN pg_type t ON t.oid = coalesce(
                    keep_field(a.own, 'vartype'), keep_field(a.own, 'funcresulttype'), keep_field(a.own, 'opresulttype'),
                    keep_field(a.own, 'resulttype'), keep_field(a.own, 'consttype'), keep_field(a.own, 'aggtype'),
                    keep_field(a.own, 'casetype'), keep_field(a.own, 'coalescetype'), 'timestamptz'::regtype::oid::text)::oid
                WHERE n.kind = 'COERCEVIAIO' OR o.oprcode IN ('anytextcat'::regproc, 'textanycat'::regproc)) AS n
          JOIN pg_proc p ON p.oid = n.function
          WHERE provolatile <> 'i'
          UNION ALL
          SELECT id, CASE kind WHEN 'SQLVALUEFUNCTION' THEN 'a value of the session or the clock' ELSE kind END
          FROM keep_nodes(tree) WHERE kind ~ '^(SQLVALUEFUNCTION|NEXTVALUEEXPR|XMLEXPR|JSONCONSTRUCTOREXPR|JSONEXPR)') AS unfit
    ORDER BY id LIMIT 1;
    IF culprit IS NOT NULL THEN
        CALL keep_refuse(view, format('it uses %s, whose answer may change with the time, the session or chance', culprit),
                         'Put it into a view on top; a time has its day in (x AT TIME ZONE ''UTC'')::date.');
    END IF;

    SELECT proname INTO culprit
    FROM keep_nodes(tree) n JOIN pg_proc p ON p.oid = keep_field(n.own, 'aggfnoid')::oid
    WHERE n.kind = 'AGGREF' AND keep_field(n.own, 'aggkind') = 'n' AND n.own ~ ':aggargtypes \(o( \d+)* 70[01][ )]'
      AND proname !~ '^(min|max|count|array_agg)$';
    IF culprit IS NOT NULL THEN
        CALL keep_refuse(view, format('%s of real or double precision depends on the order of the rows', culprit),
                         format('Give it exact numbers: %s(x::numeric).', culprit));
    END IF;
    SELECT proname INTO culprit
    FROM keep_nodes(tree) n JOIN pg_proc p ON p.oid = keep_field(n.own, 'aggfnoid')::oid
    WHERE n.kind = 'AGGREF' AND keep_field(n.own, 'aggorder') = '<>' AND keep_field(n.own, 'aggdistinct') = '<>'
      AND (p.pronamespace <> 'pg_catalog'::regnamespace
           OR proname !~ '^(min|max|count|sum|avg|bool_(and|or)|every|bit_(and|or|xor)|stddev.*|var.*|range_.*|percentile_.*)$')
      AND keep_field(n.own, 'aggkind') = 'n' OR p.proname IN ('mode', 'any_value');
    IF culprit IS NOT NULL THEN
        CALL keep_refuse(view, format('what %s says depends on the order of the rows', culprit),
                         'Say the order, if it has one: array_agg(x ORDER BY x).');
    END IF;
END
$$;

-- Whether all rows that belong to one row of the view come through one task, and why not otherwise: what it joins has equal
-- record's keys, and one of these is in its GROUP BY.
CREATE FUNCTION keep_is_local(tree text, OUT is_join boolean, OUT joins boolean, OUT groups boolean)
    LANGUAGE plpgsql STABLE
AS $$
BEGIN
    WITH RECURSIVE node AS MATERIALIZED (
        SELECT * FROM keep_nodes(tree)
    ), relation AS MATERIALIZED (
        SELECT r.*, s.declaration ->> 'keyFormat' AS key_format
        FROM keep_relations(tree) r LEFT JOIN view_source s ON s.view = r.name AND r.kind = '0'
    ), read AS (
        SELECT * FROM relation r WHERE name IS NOT NULL
          AND (key_format IS NOT NULL OR EXISTS (SELECT FROM kept_view k WHERE k.name = r.name))
    ), var AS MATERIALIZED (
        SELECT n.id, r.varno, r.key_format, a.atttypid
        FROM node n
        JOIN relation r ON r.varno = keep_field(n.own, 'varno')::bigint AND r.key_format IS NOT NULL
        JOIN pg_attribute a ON a.attrelid = r.relation AND a.attnum = keep_field(n.own, 'varattno')::integer
        WHERE n.kind = 'VAR' AND a.attname IN (SELECT keep_partitioned_by(r.name))
    ), conjunct AS (
        SELECT id FROM node WHERE kind = 'FROMEXPR'
        UNION
        SELECT n.id FROM conjunct c JOIN node n ON n.parent = c.id
        WHERE n.kind IN ('FROMEXPR', 'JOINEXPR', 'OPEXPR') OR n.kind = 'BOOLEXPR' AND keep_field(n.own, 'boolop') = 'and'
    ), pair AS (
        SELECT one.varno AS one, other.varno AS other
        FROM conjunct c
        JOIN node n ON n.id = c.id AND n.kind = 'OPEXPR'
        JOIN pg_amop o ON o.amopopr = keep_field(n.own, 'opno')::oid AND o.amopstrategy = 3
                      AND o.amopmethod = (SELECT oid FROM pg_am WHERE amname = 'btree')
        JOIN node l ON l.parent = n.id JOIN var one ON one.id = l.id
        JOIN node r ON r.parent = n.id JOIN var other ON other.id = r.id
        WHERE one.varno <> other.varno AND one.key_format = other.key_format AND one.atttypid = other.atttypid
    ), reached AS (
        SELECT min(varno) AS varno FROM read
        UNION
        SELECT other FROM reached JOIN pair ON one = varno
    ), key AS (
        SELECT e.id, keep_field(e.own, 'varno')::bigint AS varno, keep_field(e.own, 'varattno')::integer AS attno
        FROM node t JOIN node q ON q.id = t.parent AND q.kind = 'QUERY' JOIN node e ON e.id = t.id + 1 AND e.kind = 'VAR'
        WHERE t.kind = 'TARGETENTRY' AND keep_field(t.own, 'ressortgroupref') <> '0'
    )
    SELECT (SELECT count(*) FROM read) > 1,
           (SELECT count(*) FROM read) = (SELECT count(*) FROM reached)
               AND NOT EXISTS (SELECT FROM read WHERE key_format IS NULL),
           EXISTS (SELECT FROM key WHERE id IN (SELECT id FROM var)
                   UNION ALL
                   SELECT FROM key JOIN relation g ON g.varno = key.varno AND g.kind = '9' JOIN node n ON n.id = g.node
                   WHERE (SELECT array_agg(m[1]::integer)
                          FROM regexp_matches(substring(n.own FROM ' :groupexprs \(([^)]*)\)'), '\{(\d+)\}', 'g') m)[attno]
                         IN (SELECT id FROM var))
    INTO is_join, joins, groups;
END
$$;
