-- What becomes of a derived view that has failed, and of those that are derived from it.

-- The views that are derived from a derived view, also by way of others: they have triggers on what is kept of it.
CREATE FUNCTION derived_from(base text) RETURNS SETOF derived_view
    LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH RECURSIVE dependent(view) AS (
        SELECT base
        UNION
        SELECT d.name
        FROM dependent
        JOIN pg_class c ON c.relname::text IN (view, view || '_kept')
        JOIN pg_class o ON o.relnamespace = c.relnamespace AND o.oid = 'derived_view'::regclass
        JOIN pg_trigger t ON t.tgrelid = c.oid
        JOIN derived_view d ON starts_with(t.tgname, 'derived_' || to_char(d.ordinal, 'FM000') || '_')
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

-- Has a suspended derived view follow its base views again; then those that stood still only because it did. One of these that
-- cannot be filled stays suspended, with its own reason.
CREATE PROCEDURE resume(schema text, derived text)
    LANGUAGE plpgsql
AS $$
DECLARE
    view text;
BEGIN
    PERFORM set_config('search_path', quote_ident(schema), true);
    SELECT s.name INTO view FROM derived_view s
    WHERE s.suspended_at IS NOT NULL AND derived IN (SELECT name FROM derived_from(s.name)) ORDER BY s.ordinal LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '% is derived from %, which is suspended: resume that', derived, view;
    END IF;
    UPDATE derived_view SET suspended_at = NULL, error = NULL, is_dependent = false WHERE name = derived;
    CALL fill_anew(schema, derived);
    FOR view IN SELECT name FROM derived_from(derived) WHERE is_dependent ORDER BY ordinal LOOP
        CONTINUE WHEN EXISTS (SELECT FROM derived_view s
                              WHERE s.suspended_at IS NOT NULL AND view IN (SELECT name FROM derived_from(s.name)));
        BEGIN
            UPDATE derived_view SET suspended_at = NULL, error = NULL, is_dependent = false WHERE name = view;
            CALL fill_anew(schema, view);
        EXCEPTION WHEN OTHERS THEN
            UPDATE derived_view SET error = SQLERRM, is_dependent = false WHERE name = view;
        END;
    END LOOP;
END
$$;
