-- Views that are kept from their SELECT: which rows belong together, who has to wait for whom, and what can be subtracted.

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
    PERFORM set_config('search_path', quote_ident(TG_TABLE_SCHEMA) || ', pg_temp', true);
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
-- that are written in two ways are two values, or else one row, whose records are in one partition. Where versions say which record
-- is the later one, a row may move to another partition with its record's key, unless that is in the row's own.
CREATE FUNCTION keep_partitioned_by(base text) RETURNS SETOF name
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT name
    FROM (SELECT a.attname AS name, a.atttypid AS type,
                 declaration ->> 'keyFormat' AS key_format, declaration ->> 'recordKey' AS record_key,
                 coalesce(declaration ->> 'root', '') AS root, declaration -> 'columns' -> a.attname AS place,
                 declaration ? 'version' OR declaration ->> 'envelope' = 'streamviews' AS may_move,
                 EXISTS (SELECT FROM pg_index i
                         WHERE i.indrelid = a.attrelid AND i.indisprimary AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum)
                     AS is_key,
                 EXISTS (SELECT FROM pg_index i
                         WHERE i.indrelid = a.attrelid AND i.indisprimary
                           AND a.attnum = ANY (i.indkey[0:i.indnkeyatts - 1])) AS is_in_key
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
       OR (is_in_key OR NOT may_move)
          AND type IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype, 'text'::regtype, 'varchar'::regtype)
          AND (record_key = ANY (places)
               OR 'key' = ANY (places)
                  AND (record_key IS NOT NULL OR key_format = 'long'
                       OR key_format = 'text' AND type IN ('text'::regtype, 'varchar'::regtype)));
END;

-- Whether all rows that belong to one row of the view come through one task, and why not otherwise: what it joins has equal
-- record's keys, and one of these is in its GROUP BY.
CREATE FUNCTION keep_is_local(nodes keep_node[], OUT is_join boolean, OUT joins boolean, OUT groups boolean)
    LANGUAGE plpgsql STABLE
AS $$
BEGIN
    WITH RECURSIVE node AS MATERIALIZED (
        SELECT * FROM unnest(nodes)
    ), relation AS MATERIALIZED (
        SELECT r.*, s.declaration ->> 'keyFormat' AS key_format
        FROM keep_relations(nodes) r LEFT JOIN view_source s ON s.view = r.name AND r.kind = '0'
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

-- Whether equal values of a type are always written alike, as 1.0 and 1.00 are not.
CREATE FUNCTION keep_is_written_one_way(type oid, modifier integer, "collation" oid) RETURNS boolean
    LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH RECURSIVE base(type, modifier) AS (
        SELECT type, modifier
        UNION ALL
        SELECT typbasetype, typtypmod FROM base JOIN pg_type ON pg_type.oid = base.type AND typtype = 'd'
    )
    SELECT EXISTS (SELECT FROM base JOIN pg_type ON pg_type.oid = base.type
                   WHERE typtype = 'e' OR typnamespace = 'pg_catalog'::regnamespace
                         AND (typname IN ('bool', 'int2', 'int4', 'int8', 'oid', 'text', 'varchar', 'name', 'uuid', 'bytea', 'date',
                                          'time', 'timestamp', 'timestamptz')
                              OR typname IN ('numeric', 'bpchar') AND base.modifier >= 0))
           AND NOT EXISTS (SELECT FROM pg_collation c WHERE c.oid = "collation" AND NOT c.collisdeterministic);
END;

-- Whether a view shows, or asks in HAVING for, what follows from how members of a group are written: something else of them than
-- aggregates, columns of GROUP BY that are always written alike, and how others compare.
CREATE FUNCTION keep_shows_members(nodes keep_node[]) RETURNS boolean
    LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH node AS MATERIALIZED (
        SELECT * FROM unnest(nodes)
    ), expression AS (
        SELECT id, last FROM keep_query_parts(nodes, 'TARGETENTRY')
        WHERE keep_field(own, 'ressortgroupref') = '0' AND keep_field(own, 'resjunk') = 'false'
        UNION ALL
        SELECT h.id, h.last FROM node h JOIN node q ON q.kind = 'QUERY' AND keep_field(q.own, 'havingQual') = '{' || h.id || '}'
    ), key AS (
        SELECT keep_field(v.own, 'varno') AS varno, keep_field(v.own, 'varattno') AS attno
        FROM keep_query_parts(nodes, 'TARGETENTRY') t JOIN node v ON v.id = t.id + 1 AND v.kind = 'VAR'
        WHERE keep_field(t.own, 'ressortgroupref') <> '0'
    )
    SELECT EXISTS (
        SELECT FROM expression e JOIN node v ON v.id BETWEEN e.id AND e.last AND v.kind = 'VAR'
        WHERE NOT EXISTS (SELECT FROM node a WHERE a.kind = 'AGGREF' AND v.id BETWEEN a.id AND a.last)
          AND NOT ((keep_field(v.own, 'varno'), keep_field(v.own, 'varattno')) IN (SELECT varno, attno FROM key)
                   AND (keep_is_written_one_way(keep_field(v.own, 'vartype')::oid, keep_field(v.own, 'vartypmod')::integer,
                                                keep_field(v.own, 'varcollid')::oid)
                        OR EXISTS (SELECT FROM node p
                                   WHERE p.id = v.parent
                                     AND (p.kind = 'NULLTEST'
                                          OR p.kind IN ('OPEXPR', 'SCALARARRAYOPEXPR')
                                             AND EXISTS (SELECT FROM pg_operator o
                                                         JOIN pg_amop ON amopopr IN (o.oid, o.oprnegate) AND amoppurpose = 's'
                                                         JOIN pg_am ON pg_am.oid = amopmethod AND amname = 'btree'
                                                         WHERE o.oid = keep_field(p.own, 'opno')::oid))))));
END;

-- An aggregate in a parse tree: its number there, what it is of, whether a base view's column that is never NULL, and whether
-- numbers of one scale, in which their sum shows; is_value: whether nothing but the value counts where it stands.
CREATE TYPE keep_aggregate AS (
    n            bigint,
    function     oid,
    type         oid,
    not_null     boolean,
    has_scale    boolean,
    is_value     boolean,
    can_subtract boolean
);

-- The aggregates of a parse tree, in its order.
CREATE FUNCTION keep_aggregates(nodes keep_node[]) RETURNS SETOF keep_aggregate
    LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN QUERY
    WITH node AS MATERIALIZED (
        SELECT * FROM unnest(nodes)
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
    LEFT JOIN keep_relations(nodes) r ON v.kind = 'VAR' AND r.varno = keep_field(v.own, 'varno')::bigint
    LEFT JOIN pg_attribute c ON c.attrelid = r.relation AND c.attnum = keep_field(v.own, 'varattno')::integer
    ORDER BY a.n;
END
$$;

-- Whether the difference that rows make can be told: of counts, sums and averages of exact numbers, alone or in expressions that
-- have nothing else of the rows.
CREATE FUNCTION keep_can_subtract(nodes keep_node[], aggregates keep_aggregate[]) RETURNS boolean
    LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH node AS MATERIALIZED (
        SELECT * FROM unnest(nodes)
    ), query AS (
        SELECT * FROM node WHERE kind = 'QUERY'
    ), expression AS (
        SELECT t.id, t.last FROM node t JOIN query ON query.id = t.parent AND t.kind = 'TARGETENTRY'
        WHERE EXISTS (SELECT FROM node a WHERE a.kind = 'AGGREF' AND a.id BETWEEN t.id AND t.last)
        UNION ALL
        SELECT h.id, h.last FROM node h JOIN query ON keep_field(query.own, 'havingQual') = '{' || h.id || '}'
    )
    SELECT NOT EXISTS (SELECT FROM keep_optional(nodes))
       AND NOT EXISTS (SELECT FROM unnest(aggregates)
                       WHERE NOT can_subtract
                          OR NOT has_scale AND NOT is_value
                             AND function IN ('sum(numeric)'::regprocedure, 'avg(numeric)'::regprocedure))
       AND NOT EXISTS (SELECT FROM node v JOIN expression e ON v.id BETWEEN e.id AND e.last
                       WHERE v.kind = 'VAR'
                         AND NOT EXISTS (SELECT FROM node a WHERE a.kind = 'AGGREF' AND v.id BETWEEN a.id AND a.last));
END;
