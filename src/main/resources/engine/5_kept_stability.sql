-- Views that are kept from their SELECT: what is refused since it may have another answer tomorrow, or in another session.

-- The operators of a view's definition, in its order, and which functions and aggregates it has: an array that is cast as a whole
-- is written so that each of its members is.
CREATE FUNCTION keep_called(definition oid) RETURNS text[]
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT array_agg(m[2] ORDER BY n) FILTER (WHERE m[1] LIKE 'opno%')
               || array_agg(DISTINCT m[2]) FILTER (WHERE m[1] NOT LIKE 'opno%')
    FROM pg_rewrite,
         regexp_matches(ev_action::text, ' :(opno|opnos|funcid|aggfnoid) (\d+|\([^)]*\))', 'g') WITH ORDINALITY AS called(m, n)
    WHERE ev_class = definition AND rulename = '_RETURN';
END;

-- Refuses a definition that means something else where PostgreSQL reads what it has itself written of it: USING, IS DISTINCT
-- FROM, NULLIF and CASE x WHEN name no operator, so the = of an extension is not found again; and one with a character that has
-- a meaning here.
CREATE PROCEDURE keep_check_text(view text, definition oid)
    LANGUAGE plpgsql
AS $$
DECLARE
    differs boolean;
BEGIN
    IF pg_get_viewdef(definition) ~ '[\u0001-\u0003]' THEN
        CALL keep_refuse(view, 'it has a character from U+0001 to U+0003', 'Write chr(1), chr(2) or chr(3).');
    END IF;
    EXECUTE 'CREATE VIEW "kept text" AS ' || pg_get_viewdef(definition);
    differs := keep_called(definition) IS DISTINCT FROM keep_called(to_regclass('"kept text"'));
    DROP VIEW "kept text";
    IF differs THEN
        CALL keep_refuse(view, 'it compares values of a type of an extension by USING, NATURAL, IS DISTINCT FROM, NULLIF or CASE',
                         'Compare by =, or compare texts: lower(x::text).');
    END IF;
END
$$;

-- The functions that a parse tree calls, also by operators and by casts, each with its node.
CREATE FUNCTION keep_functions(nodes keep_node[]) RETURNS TABLE (id bigint, function oid)
    LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH node AS MATERIALIZED (
        SELECT * FROM unnest(nodes)
    )
    SELECT id, keep_field(own, 'funcid')::oid FROM node WHERE kind = 'FUNCEXPR'
    UNION ALL
    SELECT n.id, f.function
    FROM node n JOIN pg_aggregate a ON a.aggfnoid = keep_field(n.own, 'aggfnoid')::oid,
         unnest(ARRAY[a.aggfnoid, a.aggtransfn, a.aggfinalfn]::oid[]) AS f(function)
    WHERE n.kind = 'AGGREF'
    UNION ALL
    SELECT n.id, o.oprcode FROM node n JOIN pg_operator o ON o.oid = keep_field(n.own, 'opno')::oid
    WHERE o.oprcode NOT IN ('anytextcat'::regproc, 'textanycat'::regproc)
    UNION ALL
    SELECT n.id, o.oprcode
    FROM node n, regexp_matches(substring(n.own FROM ' :opnos \(o ([^)]*)\)'), '\d+', 'g') AS op(m)
    JOIN pg_operator o ON o.oid = m[1]::oid
    UNION ALL
    SELECT n.id, typinput FROM node n JOIN pg_type t ON t.oid = keep_field(n.own, 'resulttype')::oid
    WHERE n.kind = 'COERCEVIAIO'
    UNION ALL
    -- What is made a text: by a cast, or where it is joined to one.
    SELECT n.id, typoutput
    FROM node n
    LEFT JOIN pg_operator o ON o.oid = keep_field(n.own, 'opno')::oid
    JOIN node a ON a.parent = n.id
    JOIN pg_type t ON t.oid = coalesce(
        keep_field(a.own, 'vartype'), keep_field(a.own, 'funcresulttype'), keep_field(a.own, 'opresulttype'),
        keep_field(a.own, 'resulttype'), keep_field(a.own, 'consttype'), keep_field(a.own, 'aggtype'),
        keep_field(a.own, 'casetype'), keep_field(a.own, 'coalescetype'), keep_field(a.own, 'minmaxtype'),
        keep_field(a.own, 'refrestype'), keep_field(a.own, 'array_typeid'), keep_field(a.own, 'typeId'),
        CASE WHEN a.kind IN ('BOOLEXPR', 'NULLTEST', 'BOOLEANTEST', 'SCALARARRAYOPEXPR') THEN '16' END,
        'timestamptz'::regtype::oid::text)::oid
    WHERE n.kind = 'COERCEVIAIO' OR o.oprcode IN ('anytextcat'::regproc, 'textanycat'::regproc);
END;

-- The time zones that a parse tree names by an abbreviation: what that means is for the session's time zone to say.
CREATE FUNCTION keep_abbreviated_zones(nodes keep_node[]) RETURNS SETOF text
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT zone
    FROM unnest(nodes) AS n
    JOIN unnest(nodes) AS c ON c.id = n.id + 1 AND c.kind = 'CONST' AND keep_field(c.own, 'consttype') = '25',
         -- Behind four bytes that say how long it is.
         LATERAL (SELECT string_agg(chr(byte::integer), '' ORDER BY i) FILTER (WHERE i > 4) AS zone
                  FROM regexp_split_to_table(substring(c.own FROM ' :constvalue \d+ \[ ([0-9 ]*) \]'), ' ')
                       WITH ORDINALITY AS b(byte, i)) AS written
    WHERE keep_field(n.own, 'funcid')::oid IN ('timezone(text, timestamptz)'::regprocedure,
                                               'timezone(text, timestamp)'::regprocedure)
      AND zone ~ '^[A-Za-z]{1,5}$'
      AND upper(zone) NOT IN ('UTC', 'UCT', 'GMT', 'Z', 'ZULU', 'CUBA', 'EGYPT', 'EIRE', 'IRAN', 'JAPAN', 'LIBYA', 'PRC', 'ROC',
                              'ROK');
END;

-- Refuses what may say something else of the same row tomorrow, or in another session; as PostgreSQL does for an index. How
-- numbers of floating point and bytes are written is for the session to say, though PostgreSQL calls that immutable.
CREATE PROCEDURE keep_check_functions(view text, nodes keep_node[])
    LANGUAGE plpgsql
AS $$
DECLARE
    culprit text;
BEGIN
    SELECT says INTO culprit
    FROM (SELECT f.id, p.oid::regprocedure::text AS says
          FROM keep_functions(nodes) f JOIN pg_proc p ON p.oid = f.function
          WHERE provolatile <> 'i'
             OR p.pronamespace = 'pg_catalog'::regnamespace
                AND p.proname ~ '^(float4|float8|bytea|point_|lseg_|path_|box_|poly_|line_|circle_)out$'
          UNION ALL
          SELECT id, CASE kind WHEN 'SQLVALUEFUNCTION' THEN 'a value of the session or the clock' ELSE kind END
          FROM unnest(nodes) WHERE kind ~ '^(SQLVALUEFUNCTION|NEXTVALUEEXPR|XMLEXPR|JSONCONSTRUCTOREXPR|JSONEXPR)') AS unfit
    ORDER BY id LIMIT 1;
    IF culprit IS NOT NULL THEN
        CALL keep_refuse(view, format('it uses %s, whose answer may change with the time, the session or chance', culprit),
                         'Put it into a view on top; a time has its day in (x AT TIME ZONE ''UTC'')::date,'
                         || ' a number its digits in x::numeric::text.');
    END IF;
    SELECT z INTO culprit FROM keep_abbreviated_zones(nodes) AS z LIMIT 1;
    IF culprit IS NOT NULL THEN
        CALL keep_refuse(view, format('what the abbreviation %s means, the time zone of the session says', culprit),
                         'Name the zone in full: AT TIME ZONE ''Asia/Kolkata''.');
    END IF;
END
$$;

-- Whether what an aggregate says depends on the order in which it is given rows.
CREATE FUNCTION keep_depends_on_order(aggregate oid) RETURNS boolean
    LANGUAGE sql STABLE
RETURN (SELECT pronamespace <> 'pg_catalog'::regnamespace
               OR proname !~ '^(min|max|count|sum|avg|bool_(and|or)|every|bit_(and|or|xor)|stddev.*|var.*|range_.*)$'
        FROM pg_proc WHERE oid = aggregate);

-- The aggregates whose ORDER BY leaves open which of several rows comes first: it has neither all that is aggregated nor, with what
-- is the same in all of a group, the key of the base view that this is read from.
CREATE FUNCTION keep_undecided(nodes keep_node[]) RETURNS SETOF oid
    LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH node AS MATERIALIZED (
        SELECT * FROM unnest(nodes)
    ), argument AS MATERIALIZED (
        SELECT a.id AS aggregate, keep_field(a.own, 'aggfnoid')::oid AS function, t.id, t.last,
               EXISTS (SELECT FROM node s WHERE s.parent = a.id AND s.kind = 'SORTGROUPCLAUSE'
                       AND keep_field(s.own, 'tleSortGroupRef') = keep_field(t.own, 'ressortgroupref')) AS sorts
        FROM node a JOIN node t ON t.parent = a.id AND t.kind = 'TARGETENTRY'
        WHERE a.kind = 'AGGREF' AND keep_field(a.own, 'aggorder') <> '<>' AND keep_field(a.own, 'aggkind') = 'n'
    ), var AS MATERIALIZED (
        SELECT a.*, v.id = a.id + 1 AS is_all, r.relation, r.varno, keep_field(v.own, 'varattno')::integer AS attno
        FROM argument a
        JOIN node v ON v.id BETWEEN a.id AND a.last AND v.kind = 'VAR'
        LEFT JOIN keep_relations(nodes) r ON r.varno = keep_field(v.own, 'varno')::bigint
    ), decided AS (
        SELECT aggregate, varno, attno FROM var WHERE sorts AND is_all
        UNION ALL
        SELECT NULL, varno, attno FROM keep_column_groups(nodes)
    )
    SELECT function FROM var v
    WHERE NOT sorts
      AND NOT EXISTS (SELECT FROM pg_index i
                      WHERE i.indrelid = v.relation AND i.indisprimary
                        AND i.indkey::smallint[]::integer[] <@ ARRAY(SELECT d.attno FROM decided d
                                                                      WHERE d.varno = v.varno
                                                                        AND coalesce(d.aggregate, v.aggregate) = v.aggregate));
END;

-- Refuses aggregates whose answer depends on the order of the rows.
CREATE PROCEDURE keep_check_aggregates(view text, nodes keep_node[])
    LANGUAGE plpgsql
AS $$
DECLARE
    culprit text;
BEGIN
    SELECT proname INTO culprit
    FROM unnest(nodes) AS n JOIN pg_proc p ON p.oid = keep_field(n.own, 'aggfnoid')::oid
    WHERE n.kind = 'AGGREF' AND keep_field(n.own, 'aggkind') = 'n' AND n.own ~ ':aggargtypes \(o( \d+)* 70[01][ )]'
      AND proname !~ '^(min|max|count|array_agg)$';
    IF culprit IS NOT NULL THEN
        CALL keep_refuse(view, format('%s of real or double precision depends on the order of the rows', culprit),
                         format('Give it exact numbers: %s(x::numeric).', culprit));
    END IF;
    SELECT CASE WHEN pronamespace = 'pg_catalog'::regnamespace THEN format('what %s says depends', proname)
                ELSE format('what %s says may depend', p.oid::regprocedure) END INTO culprit
    FROM unnest(nodes) AS n JOIN pg_proc p ON p.oid = keep_field(n.own, 'aggfnoid')::oid
    WHERE n.kind = 'AGGREF' AND keep_field(n.own, 'aggorder') = '<>' AND keep_field(n.own, 'aggdistinct') = '<>'
      AND keep_depends_on_order(p.oid) AND keep_field(n.own, 'aggkind') = 'n' OR p.proname IN ('mode', 'any_value');
    IF culprit IS NOT NULL THEN
        CALL keep_refuse(view, format('%s on the order of the rows', culprit),
                         'Say the order, if it has one: array_agg(x ORDER BY x); of a type of an extension, take a text: '
                         || 'max(x::text).');
    END IF;
    SELECT proname INTO culprit FROM keep_undecided(nodes) AS u JOIN pg_proc p ON p.oid = u WHERE keep_depends_on_order(p.oid);
    IF culprit IS NOT NULL THEN
        CALL keep_refuse(view, format('what %s says depends on the order of rows that its ORDER BY takes for equal', culprit),
                         'Order by what it is of, or by the base view''s key, too: array_agg(x ORDER BY y, x).');
    END IF;
END
$$;
