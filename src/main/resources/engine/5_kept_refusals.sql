-- Views that are kept from their SELECT: what is refused, and why.

-- Refuses a view that keep has nothing to do with, and makes a plain one of a materialized one, with its comments and rights.
CREATE PROCEDURE keep_prepare(view text, changed_at text)
    LANGUAGE plpgsql
AS $$
DECLARE
    original   pg_class;
    definition text;
    said       text[];
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
    CALL keep_check_text(view, original.oid);
    IF original.relkind = 'm' THEN
        definition := pg_get_viewdef(original.oid);
        said := ARRAY(SELECT keep_said_of(view));
        EXECUTE format('DROP MATERIALIZED VIEW %I', view);
        EXECUTE format('CREATE VIEW %I AS %s', view, definition);
        CALL keep_say(view, said);
    END IF;
END
$$;

-- Refuses clauses and the like that no view can be kept with.
CREATE PROCEDURE keep_check_clauses(view text, nodes keep_node[])
    LANGUAGE plpgsql
AS $$
DECLARE
    query text := (SELECT own FROM unnest(nodes) WHERE kind = 'QUERY' ORDER BY id LIMIT 1);
BEGIN
    IF keep_field(query, 'setOperations') <> '<>' THEN
        CALL keep_refuse(view, 'it has UNION, INTERSECT or EXCEPT', 'Keep each part, and put them together in a view on top.');
    ELSIF keep_field(query, 'cteList') <> '<>' THEN
        CALL keep_refuse(view, 'it has WITH', 'Write one SELECT over base views, or keep the parts and build on them.');
    ELSIF keep_field(query, 'hasSubLinks') = 'true' OR EXISTS (SELECT FROM keep_relations(nodes) WHERE kind = '1') THEN
        CALL keep_refuse(view, 'it has a subquery', 'Write a join, or keep the subquery as a view of its own and build on it.');
    ELSIF keep_field(query, 'hasWindowFuncs') = 'true' THEN
        CALL keep_refuse(view, 'it has window functions', 'Put them into a view on top.');
    ELSIF keep_field(query, 'distinctClause') <> '<>' THEN
        CALL keep_refuse(view, 'it has DISTINCT', 'Write GROUP BY.');
    ELSIF keep_field(query, 'groupingSets') <> '<>' THEN
        CALL keep_refuse(view, 'it has GROUPING SETS, ROLLUP or CUBE', 'Keep one view per grouping.');
    ELSIF EXISTS (SELECT FROM unnest(nodes) WHERE kind = 'GROUPINGFUNC') THEN
        CALL keep_refuse(view, 'it has GROUPING', 'Leave it out: of one grouping it is 0.');
    ELSIF keep_field(query, 'limitCount') <> '<>' OR keep_field(query, 'limitOffset') <> '<>' THEN
        CALL keep_refuse(view, 'it has LIMIT or OFFSET', 'Put them into the query that reads it.');
    ELSIF keep_field(query, 'sortClause') <> '<>' THEN
        CALL keep_refuse(view, 'it has ORDER BY', 'Put it into the query that reads it.');
    ELSIF keep_field(query, 'rowMarks') <> '<>' THEN
        CALL keep_refuse(view, 'it locks rows', 'Leave FOR UPDATE or FOR SHARE out.');
    END IF;
END
$$;

-- The columns in GROUP BY, as nodes.
CREATE FUNCTION keep_group_columns(nodes keep_node[]) RETURNS SETOF keep_node
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT v.*
    FROM unnest(nodes) AS v
    JOIN (SELECT id, last FROM keep_query_parts(nodes, 'TARGETENTRY') WHERE keep_field(own, 'ressortgroupref') <> '0'
          UNION ALL
          SELECT id, last FROM unnest(nodes) WHERE keep_field(own, 'rtekind') = '9') AS k ON v.id BETWEEN k.id AND k.last
    WHERE v.kind = 'VAR';
END;

-- Refuses what stands in FROM besides relations, and joins that cannot be followed.
CREATE PROCEDURE keep_check_from(view text, definition oid, nodes keep_node[])
    LANGUAGE plpgsql
AS $$
DECLARE
    query text := (SELECT own FROM unnest(nodes) WHERE kind = 'QUERY' ORDER BY id LIMIT 1);
BEGIN
    IF keep_field(query, 'hasTargetSRFs') = 'true'
       OR EXISTS (SELECT FROM keep_relations(nodes) WHERE kind IN ('3', '4', '5', '6', '7'))
       OR EXISTS (SELECT FROM unnest(nodes) WHERE kind = 'TABLESAMPLECLAUSE') THEN
        CALL keep_refuse(view, 'it has rows of something else than tables: a function, VALUES or a sample',
                         'Put that into a view on top.');
    ELSIF EXISTS (SELECT FROM unnest(nodes) WHERE keep_field(own, 'jointype') NOT IN ('0', '1')) THEN
        CALL keep_refuse(view, 'it has a RIGHT JOIN or a FULL JOIN', 'Write LEFT JOIN.');
    ELSIF (SELECT count(*) FROM unnest(nodes) WHERE kind = 'JOINEXPR' AND keep_field(own, 'jointype') = '1')
          <> (SELECT count(*) FROM keep_optional(nodes)) THEN
        CALL keep_refuse(view, 'it has a LEFT JOIN of what is itself joined', 'Join one view after the other.');
    ELSIF EXISTS (SELECT FROM keep_group_columns(nodes) v
                  JOIN keep_optional(nodes) o ON o.varno = keep_field(v.own, 'varno')::bigint) THEN
        CALL keep_refuse(view, 'it groups by a column of what it joins by LEFT JOIN', 'Group by columns of what stands left.');
    ELSIF EXISTS (SELECT FROM unnest(nodes) AS j
                  JOIN unnest(nodes) AS q ON keep_field(j.own, 'quals') = '{' || q.id || '}'
                  JOIN unnest(nodes) AS v ON v.id BETWEEN q.id AND q.last AND v.kind = 'VAR'
                  JOIN keep_optional(nodes) o ON o.varno = keep_field(v.own, 'varno')::bigint
                  WHERE j.kind = 'JOINEXPR' AND keep_field(j.own, 'jointype') = '0') THEN
        -- A row that goes, or comes, right of the LEFT JOIN has others joined, whose groups it does not tell.
        CALL keep_refuse(view, 'it has a JOIN by a column of what it joins by LEFT JOIN',
                         'Write JOIN instead of that LEFT JOIN, or join by columns of what stands left.');
    ELSIF NOT EXISTS (SELECT FROM keep_relations(nodes) WHERE relation <> definition) THEN
        CALL keep_refuse(view, 'it reads no base view', 'Make it a plain view: leave CALL keep out.');
    END IF;
END
$$;

-- Refuses joins of base views one of which changes another by a foreign key: in one statement, so neither change tells which rows
-- of the other it was joined with.
CREATE PROCEDURE keep_check_foreign_keys(view text, definition oid, nodes keep_node[])
    LANGUAGE plpgsql
AS $$
DECLARE
    bases   oid[] := ARRAY(SELECT to_regclass(quote_ident(base))
                           FROM keep_relations(nodes) r LEFT JOIN kept_view k ON k.name = r.name,
                                unnest(coalesce(k.reads, ARRAY[r.name])) AS base
                           WHERE r.relation <> definition);
    culprit record;
BEGIN
    WITH RECURSIVE changed(origin, relation) AS (
        SELECT b, b FROM unnest(bases) AS b
        UNION
        SELECT origin, conrelid
        FROM changed JOIN pg_constraint ON confrelid = relation AND contype = 'f'
                                           AND ARRAY[confdeltype, confupdtype] && '{c,n,d}'::"char"[]
    )
    SELECT origin::regclass AS one, relation::regclass AS other INTO culprit
    FROM changed WHERE origin <> relation AND relation = ANY (bases) LIMIT 1;
    IF FOUND THEN
        CALL keep_refuse(view, format('a foreign key has %s change with %s, in one statement', culprit.other, culprit.one),
                         'Leave ON DELETE and ON UPDATE out of the foreign key.');
    END IF;
END
$$;

-- Refuses relations that tell of no change of theirs, or of one twice, or whose rows cannot be found again.
CREATE PROCEDURE keep_check_relations(view text, definition oid, nodes keep_node[])
    LANGUAGE plpgsql
AS $$
DECLARE
    culprit text;
BEGIN
    SELECT c.name INTO culprit FROM keep_relations(nodes) c
    WHERE relation <> definition AND to_regclass(quote_ident(c.name)) IS DISTINCT FROM relation;
    IF culprit IS NULL THEN
        SELECT r.name INTO culprit FROM keep_relations(nodes) r
        WHERE relation <> definition AND NOT EXISTS (SELECT FROM view_source s WHERE s.view = r.name)
          AND NOT EXISTS (SELECT FROM kept_view k WHERE k.name = r.name);
    END IF;
    IF culprit IS NOT NULL THEN
        CALL keep_refuse(view, format('it reads %s, which is neither a base view nor a kept one', culprit),
                         'Read the base views themselves, or keep that one, too; or keep this view by hand: see derive.');
    END IF;
    SELECT base INTO culprit
    FROM keep_relations(nodes) r
    LEFT JOIN kept_view k ON k.name = r.name,
         unnest(coalesce(k.reads, ARRAY[r.name])) AS base
    WHERE relation <> definition GROUP BY base HAVING count(*) > 1 LIMIT 1;
    IF culprit IS NOT NULL THEN
        CALL keep_refuse(view, format('it reads %s more than once, itself or through kept views', culprit),
                         'Read it once, or keep this view by hand: see derive.');
    END IF;
    CALL keep_check_foreign_keys(view, definition, nodes);
    SELECT k.name INTO culprit FROM keep_relations(nodes) r JOIN kept_view k ON k.name = r.name WHERE NOT k.exact;
    IF culprit IS NOT NULL THEN
        CALL keep_refuse(view, format('it reads %s, whose rows may be written in several ways, as 1.0 and 1.00', culprit),
                         format('Give the numbers in %s a scale: x::numeric(20, 6).', culprit));
    END IF;
END
$$;

-- Refuses columns that are not in the rows which a trigger sees, or have names that are taken where these are looked at.
CREATE PROCEDURE keep_check_columns(view text, nodes keep_node[])
    LANGUAGE plpgsql
AS $$
DECLARE
    culprit text;
BEGIN
    IF EXISTS (SELECT FROM unnest(nodes) WHERE kind = 'VAR' AND keep_field(own, 'varattno') LIKE '-%') THEN
        CALL keep_refuse(view, 'it reads a system column', 'Leave it out.');
    ELSIF EXISTS (SELECT FROM keep_group_columns(nodes) WHERE keep_field(own, 'varattno') = '0') THEN
        CALL keep_refuse(view, 'it groups by a whole row', 'Name the columns, or the key alone.');
    END IF;
    SELECT a.attname INTO culprit
    FROM unnest(nodes) AS n JOIN keep_relations(nodes) r ON r.varno = keep_field(n.own, 'varno')::bigint
    JOIN pg_attribute a ON a.attrelid = r.relation AND keep_field(n.own, 'varattno') IN (a.attnum::text, '0')
    WHERE n.kind = 'VAR' AND a.attgenerated = 'v';
    IF culprit IS NOT NULL THEN
        CALL keep_refuse(view, format('it reads %s, which is generated when it is read', culprit), 'Make the column STORED.');
    END IF;
    SELECT a.attname INTO culprit
    FROM unnest(nodes) AS n JOIN keep_relations(nodes) r ON r.varno = keep_field(n.own, 'varno')::bigint
    JOIN kept_view k ON k.name = r.name
    JOIN pg_attribute a ON a.attrelid = r.relation AND a.attnum > 0 AND keep_field(n.own, 'varattno') IN (a.attnum::text, '0')
    WHERE n.kind = 'VAR' AND a.attname NOT IN (SELECT d.attname FROM pg_attribute d
                                               WHERE d.attrelid = to_regclass(quote_ident(k.name || '_definition')));
    IF culprit IS NOT NULL THEN
        CALL keep_refuse(view, format('it reads %s, which says when a kept row has changed', culprit), 'Leave it out.');
    END IF;
    SELECT a.attname INTO culprit
    FROM keep_relations(nodes) r JOIN pg_attribute a ON a.attrelid = r.relation
    WHERE a.attname ~ '^((key|state|column) \d+|kept share)$';
    IF culprit IS NOT NULL THEN
        CALL keep_refuse(view, format('it reads a table with a column "%s", a name that keep needs', culprit),
                         'Rename the column.');
    END IF;
END
$$;

-- Refuses what no view can be kept with, whatever its aggregates are.
CREATE PROCEDURE keep_check(view text, definition oid, nodes keep_node[])
    LANGUAGE plpgsql
AS $$
DECLARE
    query text := (SELECT own FROM unnest(nodes) WHERE kind = 'QUERY' ORDER BY id LIMIT 1);
BEGIN
    CALL keep_check_clauses(view, nodes);
    CALL keep_check_from(view, definition, nodes);
    IF keep_field(query, 'hasAggs') = 'false' AND keep_field(query, 'groupClause') = '<>' THEN
        CALL keep_refuse(view, 'it has no aggregate and no GROUP BY', 'Make it a plain view: leave CALL keep out.');
    END IF;

    CALL keep_check_relations(view, definition, nodes);
    CALL keep_check_columns(view, nodes);
    CALL keep_check_functions(view, nodes);
    CALL keep_check_aggregates(view, nodes);
    BEGIN
        EXECUTE format('EXPLAIN TABLE %1$I EXCEPT ALL TABLE %1$I', view);
    EXCEPTION WHEN undefined_function THEN
        CALL keep_refuse(view, format('its rows cannot be compared: %s', SQLERRM), 'Show jsonb or a text: x::jsonb.');
    END;
END
$$;
