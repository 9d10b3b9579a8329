-- Views that are kept from their SELECT: what is refused since it may have another answer tomorrow, or in another session.

-- Refuses what may say something else of the same row tomorrow, or in another session; as PostgreSQL does for an index.
CREATE PROCEDURE keep_check_functions(view text, nodes keep_node[])
    LANGUAGE plpgsql
AS $$
DECLARE
    culprit text;
BEGIN
    SELECT says INTO culprit
    FROM (SELECT n.id, p.oid::regprocedure::text AS says
          FROM (SELECT id, keep_field(own, 'funcid')::oid AS function FROM unnest(nodes) WHERE kind = 'FUNCEXPR'
                UNION ALL
                SELECT id, keep_field(own, 'aggfnoid')::oid FROM unnest(nodes) WHERE kind = 'AGGREF'
                UNION ALL
                SELECT n.id, o.oprcode FROM unnest(nodes) AS n JOIN pg_operator o ON o.oid = keep_field(n.own, 'opno')::oid
                WHERE o.oprcode NOT IN ('anytextcat'::regproc, 'textanycat'::regproc)
                UNION ALL
                SELECT n.id, typinput FROM unnest(nodes) AS n JOIN pg_type t ON t.oid = keep_field(n.own, 'resulttype')::oid
                WHERE n.kind = 'COERCEVIAIO'
                UNION ALL
                -- What is made a text: by a cast, or where it is joined to one.
                SELECT n.id, typoutput
                FROM unnest(nodes) AS n
                LEFT JOIN pg_operator o ON o.oid = keep_field(n.own, 'opno')::oid
                JOIN unnest(nodes) AS a ON a.parent = n.id
                JOIN pg_type t ON t.oid = coalesce(
                    keep_field(a.own, 'vartype'), keep_field(a.own, 'funcresulttype'), keep_field(a.own, 'opresulttype'),
                    keep_field(a.own, 'resulttype'), keep_field(a.own, 'consttype'), keep_field(a.own, 'aggtype'),
                    keep_field(a.own, 'casetype'), keep_field(a.own, 'coalescetype'), 'timestamptz'::regtype::oid::text)::oid
                WHERE n.kind = 'COERCEVIAIO' OR o.oprcode IN ('anytextcat'::regproc, 'textanycat'::regproc)) AS n
          JOIN pg_proc p ON p.oid = n.function
          WHERE provolatile <> 'i'
          UNION ALL
          SELECT id, CASE kind WHEN 'SQLVALUEFUNCTION' THEN 'a value of the session or the clock' ELSE kind END
          FROM unnest(nodes) WHERE kind ~ '^(SQLVALUEFUNCTION|NEXTVALUEEXPR|XMLEXPR|JSONCONSTRUCTOREXPR|JSONEXPR)') AS unfit
    ORDER BY id LIMIT 1;
    IF culprit IS NOT NULL THEN
        CALL keep_refuse(view, format('it uses %s, whose answer may change with the time, the session or chance', culprit),
                         'Put it into a view on top; a time has its day in (x AT TIME ZONE ''UTC'')::date.');
    END IF;
END
$$;

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
    SELECT proname INTO culprit
    FROM unnest(nodes) AS n JOIN pg_proc p ON p.oid = keep_field(n.own, 'aggfnoid')::oid
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
