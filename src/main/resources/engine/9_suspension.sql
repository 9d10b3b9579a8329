-- What becomes of a derived view that has failed, and of those that are derived from it.

-- What is kept of each derived view: the tables that its NAME_fill() writes, as far as PostgreSQL knows what it does, that is,
-- with BEGIN ATOMIC; and NAME and NAME_kept.
CREATE FUNCTION derived_tables() RETURNS TABLE (view text, relation oid)
    LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH node AS MATERIALIZED (
        SELECT d.name AS view, n.*
        FROM derived_view d
        JOIN pg_class o ON o.oid = 'derived_view'::regclass
        JOIN pg_proc p ON p.pronamespace = o.relnamespace AND p.proname = d.name || '_fill',
             keep_nodes(p.prosqlbody::text) AS n
    )
    SELECT q.view, keep_field(r.own, 'relid')::oid
    FROM node q
    JOIN node r ON r.view = q.view AND '{' || r.id || '}' = (string_to_array(
        substring(q.own FROM ' :rtable \(([^)]*)\)'), ' '))[keep_field(q.own, 'resultRelation')::integer]
    WHERE q.kind = 'QUERY'
    UNION
    SELECT d.name, c.oid
    FROM derived_view d
    JOIN pg_class o ON o.oid = 'derived_view'::regclass
    JOIN pg_class c ON c.relnamespace = o.relnamespace AND c.relname IN (d.name, d.name || '_kept') AND c.relkind IN ('r', 'p');
END;

-- The functions of each derived view: those whose names begin with its name, and with that of no other one that is longer.
CREATE FUNCTION derived_functions() RETURNS TABLE (view text, function oid, source text)
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT DISTINCT ON (p.oid) d.name, p.oid, p.prosrc
    FROM derived_view d
    JOIN pg_class o ON o.oid = 'derived_view'::regclass
    JOIN pg_proc p ON p.pronamespace = o.relnamespace AND starts_with(p.proname, d.name || '_')
    ORDER BY p.oid, length(d.name) DESC;
END;

-- The relations that each derived view, or a function of it, reads, also by way of views and of other functions: what
-- PostgreSQL notes of views and of functions with BEGIN ATOMIC.
CREATE FUNCTION derived_reads() RETURNS TABLE (view text, relation oid)
    LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH RECURSIVE reads(view, class, object) AS (
        SELECT view, 'pg_proc'::regclass::oid, function FROM derived_functions()
        UNION
        SELECT d.name, 'pg_class'::regclass, c.oid
        FROM derived_view d
        JOIN pg_class o ON o.oid = 'derived_view'::regclass
        JOIN pg_class c ON c.relnamespace = o.relnamespace AND c.relname = d.name
        UNION
        SELECT view, refclassid, refobjid
        FROM reads,
             LATERAL (SELECT class, object WHERE class = 'pg_proc'::regclass
                      UNION ALL
                      SELECT 'pg_rewrite'::regclass, oid FROM pg_rewrite
                      WHERE class = 'pg_class'::regclass AND ev_class = object) AS by(classid, objid)
        JOIN pg_depend USING (classid, objid)
        WHERE refclassid IN ('pg_proc'::regclass, 'pg_class'::regclass)
    )
    SELECT view, object FROM reads WHERE class = 'pg_class'::regclass;
END;

-- Which derived view is derived from which other one: it reads what is kept of that, refers to it, or follows its changes. Of
-- functions without BEGIN ATOMIC PostgreSQL notes nothing: their text says FROM, JOIN, USING, TABLE or a comma, and the table.
CREATE FUNCTION derivations() RETURNS TABLE (view text, base text)
    LANGUAGE sql STABLE
    SET jit = off
BEGIN ATOMIC
    WITH kept AS MATERIALIZED (
        SELECT t.*, '(\m(from|join|using|table)\s+(only\s+)?|,\s*)'
                        || regexp_replace(quote_ident(c.relname), '([^[:alnum:]_])', '\\\1', 'g')
                        || '($|[^[:alnum:]_$"])' AS read
        FROM derived_tables() t JOIN pg_class c ON c.oid = t.relation
    ), own AS MATERIALIZED (
        SELECT view, regexp_replace(source, '--[^\n]*', '', 'g') AS source FROM derived_functions()
    )
    SELECT r.view, k.view FROM derived_reads() r JOIN kept k USING (relation) WHERE r.view <> k.view
    UNION
    SELECT k.view, r.view
    FROM kept k
    JOIN pg_constraint f ON f.conrelid = k.relation AND f.contype = 'f'
    JOIN kept r ON r.relation = f.confrelid
    WHERE r.view <> k.view
    UNION
    SELECT o.view, k.view FROM own o JOIN kept k ON o.source ~* k.read WHERE o.view <> k.view
    UNION
    SELECT d.name, k.view
    FROM kept k
    JOIN pg_trigger t ON t.tgrelid = k.relation
    JOIN derived_view d ON starts_with(t.tgname, 'derived_' || to_char(d.ordinal, 'FM000') || '_')
    WHERE d.name <> k.view
    UNION
    SELECT f.view, k.view
    FROM kept k JOIN pg_trigger t ON t.tgrelid = k.relation JOIN derived_functions() f ON f.function = t.tgfoid
    WHERE f.view <> k.view;
END;

-- The views that are derived from a derived view, also by way of others.
CREATE FUNCTION derived_from(base text) RETURNS SETOF derived_view
    LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH RECURSIVE derivation AS MATERIALIZED (
        SELECT * FROM derivations()
    ), dependent(view) AS (
        SELECT base
        UNION
        SELECT n.view FROM dependent d JOIN derivation n ON n.base = d.view
    )
    SELECT d.* FROM derived_view d JOIN dependent ON view = d.name WHERE d.name <> base ORDER BY d.ordinal;
END;

-- Has a derived view stand still, and all that is derived from it. Gives those that did not before.
CREATE FUNCTION suspend(failing text, why text) RETURNS SETOF text
    LANGUAGE sql
BEGIN ATOMIC
    UPDATE derived_view d
    SET suspended_at = clock_timestamp(), is_dependent = d.name <> failing,
        error = CASE WHEN d.name = failing THEN why ELSE format('%s is suspended, and this view is derived from it', failing) END
    WHERE suspended_at IS NULL AND (d.name = failing OR d.name IN (SELECT f.name FROM derived_from(failing) AS f))
    RETURNING d.name;
END;

-- The views that are derived from one that has failed itself.
CREATE FUNCTION behind_failing() RETURNS text[]
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT coalesce(array_agg(f.name), '{}')
    FROM derived_view s, derived_from(s.name) AS f
    WHERE s.suspended_at IS NOT NULL AND NOT s.is_dependent;
END;

-- Has a suspended derived view follow its base views again; then those that stood still only because it did. One of these that
-- cannot be filled stays suspended, with its own reason.
CREATE PROCEDURE resume(schema text, derived text)
    LANGUAGE plpgsql
AS $$
DECLARE
    view   text;
    behind text[];
BEGIN
    PERFORM set_config('search_path', quote_ident(schema) || ', pg_temp', true);
    SELECT s.name INTO view FROM derived_view s
    WHERE s.suspended_at IS NOT NULL AND NOT s.is_dependent AND derived IN (SELECT name FROM derived_from(s.name))
    ORDER BY s.ordinal LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '% is derived from %, which is suspended: resume that', derived, view;
    END IF;
    UPDATE derived_view SET suspended_at = NULL, error = NULL, is_dependent = false WHERE name = derived;
    CALL fill_anew(schema, derived);
    behind := behind_failing();
    FOR view IN SELECT name FROM derived_from(derived) WHERE is_dependent ORDER BY ordinal LOOP
        CONTINUE WHEN view = ANY (behind);
        BEGIN
            UPDATE derived_view SET suspended_at = NULL, error = NULL, is_dependent = false WHERE name = view;
            CALL fill_anew(schema, view);
        EXCEPTION WHEN OTHERS THEN
            UPDATE derived_view SET error = SQLERRM, is_dependent = false WHERE name = view;
            behind := behind_failing();
        END;
    END LOOP;
END
$$;
