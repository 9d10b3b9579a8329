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

-- What counts one number of a scale: each scale has ten digits of its own in the sum, so more than a group has rows.
CREATE FUNCTION keep_one_of_scale(x numeric) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE scale(x) WHEN 0 THEN 1 WHEN 1 THEN 1e10 WHEN 2 THEN 1e20 WHEN 3 THEN 1e30 WHEN 4 THEN 1e40
                     ELSE ('1e' || (10 * least(scale(x), 10000))::text)::numeric END;

-- The largest scale of those that are counted so.
CREATE FUNCTION keep_largest_scale(counts numeric) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (length(counts::text) - 1) / 10;

-- Says why a view cannot be kept, and what to do.
CREATE PROCEDURE keep_refuse(view text, reason text, remedy text)
    LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
        MESSAGE = format('view %s cannot be kept: %s', view, reason), HINT = remedy;
END
$$;

-- A node of a parse tree. The nodes up to last are within; own has the node's own fields, with others' numbers in braces.
CREATE TYPE keep_node AS (
    id     bigint,
    last   bigint,
    parent bigint,
    kind   text,
    own    text
);

-- The nodes of a parse tree as PostgreSQL stores it, in its order.
CREATE FUNCTION keep_nodes(tree text) RETURNS SETOF keep_node
    LANGUAGE plpgsql IMMUTABLE
AS $$
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

-- The nodes of a kind that belong to the query itself, as its select list's entries do.
CREATE FUNCTION keep_query_parts(nodes keep_node[], part text) RETURNS SETOF keep_node
    LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
    SELECT n.*
    FROM unnest(nodes) AS n JOIN unnest(nodes) AS q ON q.id = n.parent AND q.kind = 'QUERY'
    WHERE n.kind = part
    ORDER BY n.id;
END;

-- The relations that a parse tree reads, by their number in it.
CREATE FUNCTION keep_relations(nodes keep_node[]) RETURNS TABLE (varno bigint, node bigint, kind text, relation oid, name text)
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT r.varno, id, keep_field(own, 'rtekind'), c.oid, c.relname::text
    FROM (SELECT row_number() OVER (ORDER BY id) AS varno, id, own
          FROM unnest(nodes) WHERE kind IN ('RTE', 'RANGETBLENTRY')) AS r
    LEFT JOIN pg_class c ON keep_field(own, 'rtekind') = '0' AND c.oid = keep_field(own, 'relid')::oid;
END;

-- The relations of a parse tree that stand right of a LEFT JOIN.
CREATE FUNCTION keep_optional(nodes keep_node[]) RETURNS TABLE (varno bigint, name text)
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT r.varno, r.name
    FROM unnest(nodes) AS j
    JOIN unnest(nodes) AS i ON '{' || i.id || '}' = keep_field(j.own, 'rarg') AND i.kind = 'RANGETBLREF'
    JOIN keep_relations(nodes) r ON r.varno = keep_field(i.own, 'rtindex')::bigint
    WHERE j.kind = 'JOINEXPR' AND keep_field(j.own, 'jointype') = '1';
END;

-- The columns that are equal in every row which a parse tree makes: by = in WHERE or in a JOIN.
CREATE FUNCTION keep_equal_columns(nodes keep_node[])
    RETURNS TABLE (varno bigint, attno integer, equal_varno bigint, equal_attno integer)
    LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH RECURSIVE node AS MATERIALIZED (
        SELECT * FROM unnest(nodes)
    ), conjunct AS (
        SELECT id, kind, own FROM node WHERE kind = 'FROMEXPR'
        UNION ALL
        SELECT n.id, n.kind, n.own FROM conjunct c JOIN node n ON n.parent = c.id
        WHERE (n.kind IN ('JOINEXPR', 'OPEXPR') OR n.kind = 'BOOLEXPR' AND keep_field(n.own, 'boolop') = 'and')
          AND c.kind <> 'OPEXPR'
          AND NOT (c.kind = 'JOINEXPR' AND keep_field(c.own, 'jointype') <> '0' AND keep_field(c.own, 'quals') = '{' || n.id || '}')
    ), var AS MATERIALIZED (
        SELECT id, parent, keep_field(own, 'varno')::bigint AS varno, keep_field(own, 'varattno')::integer AS attno,
               keep_field(own, 'vartype') AS type, keep_field(own, 'varcollid') AS "collation"
        FROM node WHERE kind = 'VAR'
    )
    SELECT v.varno, v.attno, e.varno, e.attno
    FROM conjunct c
    JOIN var v ON v.parent = c.id
    JOIN var e ON e.parent = c.id AND e.id <> v.id AND e.type = v.type AND e."collation" = v."collation"
    WHERE c.kind = 'OPEXPR'
      AND EXISTS (SELECT FROM pg_amop JOIN pg_am ON pg_am.oid = amopmethod AND amname = 'btree'
                  WHERE amopopr = keep_field(c.own, 'opno')::oid AND amopstrategy = 3);
END;

-- Which groups of a parse tree are columns, or equal to some, by their number in GROUP BY.
CREATE FUNCTION keep_column_groups(nodes keep_node[]) RETURNS TABLE (n bigint, varno bigint, attno integer)
    LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH RECURSIVE var AS MATERIALIZED (
        SELECT id, keep_field(own, 'varno')::bigint AS varno, keep_field(own, 'varattno')::integer AS attno
        FROM unnest(nodes) AS v WHERE kind = 'VAR'
    ), item AS (
        SELECT g.n, v.varno, v.attno
        FROM (SELECT keep_field(own, 'tleSortGroupRef') AS ref, row_number() OVER (ORDER BY id) AS n
              FROM keep_query_parts(nodes, 'SORTGROUPCLAUSE')) AS g
        JOIN keep_query_parts(nodes, 'TARGETENTRY') t ON keep_field(t.own, 'ressortgroupref') = g.ref
        JOIN var v ON v.id = t.id + 1
    ), equal AS MATERIALIZED (
        SELECT * FROM keep_equal_columns(nodes)
    ), grouped AS (
        SELECT * FROM item
        UNION
        -- Since PostgreSQL 18 an item refers to a list of groups.
        SELECT i.n, v.varno, v.attno
        FROM item i
        JOIN keep_relations(nodes) r ON r.varno = i.varno AND r.kind = '9'
        JOIN unnest(nodes) AS g ON g.id = r.node
        JOIN var v ON v.id = (SELECT array_agg(m[1]::bigint)
                              FROM regexp_matches(substring(g.own FROM ' :groupexprs \(([^)]*)\)'), '\{(\d+)\}', 'g') m)[i.attno]
    ), reached AS (
        SELECT * FROM grouped
        UNION
        SELECT r.n, e.equal_varno, e.equal_attno FROM reached r JOIN equal e USING (varno, attno)
    )
    SELECT * FROM reached;
END;

-- A list of texts, each in a form.
CREATE FUNCTION keep_list(texts text[], form text DEFAULT '%s', glue text DEFAULT ', ') RETURNS text
    LANGUAGE sql IMMUTABLE
RETURN coalesce((SELECT string_agg(format(form, t), glue ORDER BY n) FROM unnest(texts) WITH ORDINALITY AS x(t, n)), '');

-- Values with the columns that they are for.
CREATE FUNCTION keep_named(vals text[], columns text[]) RETURNS text
    LANGUAGE sql IMMUTABLE
RETURN (SELECT string_agg(v || ' AS ' || c, ', ' ORDER BY n) FROM unnest(vals, columns) WITH ORDINALITY AS x(v, c, n));
