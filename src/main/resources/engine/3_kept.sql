-- Views that are kept current from nothing but their SELECT: CREATE VIEW revenue AS SELECT …; CALL keep('revenue').
--
-- A WITH query that has a relation's name stands in its place. So the definition's own text, as PostgreSQL gives it back, is run
-- over the rows that a statement has added and removed: DIFFERENCE, for counts, sums and averages, adds what it says of them.
-- What cannot be subtracted, KEYS, is worked out anew for the groups that they belong to. What PostgreSQL has parsed says which.

-- The views that are kept so. way: DIFFERENCE or KEYS. reads: the base views that it is kept from, also through other kept
-- views. rows: how its rows are read from what is kept of it. exact: false if those may show a sum in more digits than it has.
CREATE TABLE kept_view (
    name  text    PRIMARY KEY,
    way   text    NOT NULL,
    reads text[]  NOT NULL,
    rows  text    NOT NULL,
    exact boolean NOT NULL
);

-- The sum of numbers some of which may be NaN or infinite. odd counts those: NaN as 1, Infinity as 1e20, -Infinity as 1e40.
CREATE FUNCTION keep_total(finite numeric, odd numeric) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN odd = 0 THEN finite
            WHEN mod(odd, 1e20) <> 0 OR odd >= 1e40 AND mod(odd, 1e40) <> 0 THEN 'NaN'
            WHEN odd >= 1e40 THEN '-Infinity'
            ELSE 'Infinity' END;

-- Says why a view cannot be kept, and what to do.
CREATE PROCEDURE keep_refuse(view text, reason text, remedy text)
    LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
        MESSAGE = format('view %s cannot be kept: %s', view, reason), HINT = remedy;
END
$$;

-- The nodes of a parse tree as PostgreSQL stores it, in its order; those up to last are within. own has the node's own fields,
-- with others' numbers in braces.
CREATE FUNCTION keep_nodes(tree text) RETURNS TABLE (id bigint, last bigint, parent bigint, kind text, own text)
    LANGUAGE plpgsql IMMUTABLE
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY WITH token AS (
        SELECT n, m[1] AS token, count(*) FILTER (WHERE m[1] = '{') OVER (ORDER BY n) AS id,
               sum(CASE m[1] WHEN '{' THEN 1 WHEN '}' THEN -1 ELSE 0 END) OVER (ORDER BY n) + (m[1] = '}')::integer AS depth
        FROM regexp_matches(tree, '([{}]|(?:\\.|[^\\{}])+)', 'g') WITH ORDINALITY AS t(m, n)
    ), part AS (
        SELECT n, depth, id AS opened, NULL AS text, NULL::bigint AS child, NULL::bigint AS last FROM token WHERE token = '{'
        UNION ALL
        SELECT n, depth - 1, NULL, '{' || id || '}', id, NULL FROM token WHERE token = '{'
        UNION ALL
        SELECT n, depth, NULL, NULL, NULL, id FROM token WHERE token = '}'
        UNION ALL
        SELECT n, depth, NULL, token, NULL, NULL FROM token WHERE token NOT IN ('{', '}')
    ), placed AS (
        -- What is at a depth belongs to the node that was opened there last.
        SELECT *, max(opened) OVER (PARTITION BY depth ORDER BY n) AS node FROM part
    )
    SELECT node.node, node.last, inside.node, split_part(node.own, ' ', 1), node.own || ' '
    FROM (SELECT node, max(last) AS last, string_agg(text, '' ORDER BY n) AS own
          FROM placed WHERE depth > 0 GROUP BY node) AS node
    LEFT JOIN placed AS inside ON inside.child = node.node
    ORDER BY node.node;
END
$$;

-- A field of a node.
CREATE FUNCTION keep_field(own text, field text) RETURNS text
    LANGUAGE sql IMMUTABLE
RETURN substring(own FROM ' :' || field || ' (\S+)');

-- The tokens of a text that PostgreSQL has written, and how many parentheses are around each.
CREATE FUNCTION keep_tokens(sql text) RETURNS TABLE (n bigint, token text, depth bigint)
    LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
    SELECT n, m[1], sum(CASE WHEN m[1] IN ('(', '[') THEN 1 WHEN m[1] IN (')', ']') THEN -1 ELSE 0 END) OVER (ORDER BY n)
                    - (m[1] IN ('(', '['))::integer
    FROM regexp_matches(sql, '(''(?:[^'']|'''')*''|"(?:[^"]|"")*"|[A-Za-z_][A-Za-z0-9_]*|\s+|.)', 'g')
         WITH ORDINALITY AS t(m, n)
    ORDER BY n;
END;

-- The clauses of a SELECT that PostgreSQL has written, SELECT and GROUP BY by item; names that columns are given are left out.
CREATE FUNCTION keep_clauses(sql text) RETURNS TABLE (clause text, item bigint, body text)
    LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
    WITH token AS (
        SELECT *, depth = 0 AND (token IN ('SELECT', 'FROM', 'WHERE', 'HAVING')
                                 OR token = 'GROUP' AND lead(token, 2) OVER (ORDER BY n) = 'BY') AS opens
        FROM keep_tokens(sql)
    ), clause AS (
        SELECT *, max(n) FILTER (WHERE opens) OVER (ORDER BY n) AS opened FROM token
    ), named AS (
        SELECT c.*, o.token AS clause FROM clause c JOIN token o ON o.n = c.opened
    ), item AS (
        SELECT *, sum((depth = 0 AND token = ',' AND clause IN ('SELECT', 'GROUP'))::integer)
                      OVER (PARTITION BY opened ORDER BY n) + 1 AS item
        FROM named WHERE n > opened
    ), unnamed AS (
        SELECT *, max(n) FILTER (WHERE depth = 0 AND token = 'AS' AND clause = 'SELECT') OVER (PARTITION BY opened, item) AS named
        FROM item
        WHERE NOT (depth = 0 AND token = ',' AND clause IN ('SELECT', 'GROUP'))
          AND NOT (n = opened + 2 AND clause = 'GROUP')
    )
    SELECT clause, item, btrim(string_agg(token, '' ORDER BY n), E' \n')
    FROM unnamed
    WHERE named IS NULL OR n < named
    GROUP BY clause, item, opened
    ORDER BY opened, item;
END;

-- The calls of aggregates in expressions that PostgreSQL has written, in their order. shape has the expressions with U+0001, the
-- call's number and U+0001 in its place.
CREATE FUNCTION keep_calls(
    expressions text[], names text[], OUT shapes text[], OUT args text[], OUT filters text[], OUT called text[])
    LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
    expression text;
    tokens     text[];
    depths     bigint[];
    shape      text;
    i          integer;
    closing    integer;
    filter     text;
BEGIN
    shapes := '{}';
    args := '{}';
    filters := '{}';
    called := '{}';
    FOREACH expression IN ARRAY expressions LOOP
        SELECT array_agg(token ORDER BY n), array_agg(depth ORDER BY n) INTO tokens, depths FROM keep_tokens(expression);
        shape := '';
        i := 1;
        WHILE i <= cardinality(tokens) LOOP
            IF tokens[i] = ANY (names) AND tokens[i + 1] = '(' AND tokens[i - 1] IS DISTINCT FROM '.' THEN
                SELECT min(k) INTO closing FROM generate_series(i + 2, cardinality(tokens)) k
                WHERE tokens[k] = ')' AND depths[k] = depths[i];
                called := called || tokens[i];
                args := args || array_to_string(tokens[i + 2:closing - 1], '');
                filter := NULL;
                IF tokens[closing + 2] = 'FILTER' AND tokens[closing + 4] = '(' THEN
                    i := closing + 4;
                    SELECT min(k) INTO closing FROM generate_series(i + 1, cardinality(tokens)) k
                    WHERE tokens[k] = ')' AND depths[k] = depths[i];
                    filter := regexp_replace(array_to_string(tokens[i + 1:closing - 1], ''), '^\s*WHERE\s', '');
                END IF;
                filters := filters || filter;
                shape := shape || chr(1) || cardinality(called) || chr(1);
                i := closing;
            ELSE
                shape := shape || tokens[i];
            END IF;
            i := i + 1;
        END LOOP;
        shapes := shapes || shape;
    END LOOP;
END
$$;

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
                EXECUTE format('CREATE TRIGGER %I BEFORE INSERT OR UPDATE OR DELETE ON %I'
                               || ' FOR EACH STATEMENT EXECUTE FUNCTION keep_turn(%L, %L)',
                               (SELECT 'turn_' || to_char(ordinal, 'FM000') || '_' || name FROM derived_view WHERE name = view),
                               relation.reads[i], turn, CASE WHEN locality.is_join THEN 'JOIN' ELSE '' END);
            END IF;
        END LOOP;
    END LOOP;
    EXECUTE format('CALL %I()', view || '_fill');
    PERFORM set_config('search_path', path, true);
END
$$;
