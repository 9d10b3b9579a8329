-- After TRUNCATE, derived views are filled anew in the order in which they were derived, as changes are applied to them: a
-- view may be kept from another one. PostgreSQL calls triggers in the order of their names.
CREATE OR REPLACE PROCEDURE refill_after_truncate(derived text, base text)
    LANGUAGE plpgsql
AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER %I AFTER TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refill(%L)',
                   (SELECT 'refill_' || to_char(ordinal, 'FM000') || '_' || name FROM derived_view WHERE name = derived),
                   base, derived);
END
$$;

-- Fills a derived view anew. All its base views are held still meanwhile: what a batch adds is in the base view and counted,
-- or neither.
CREATE OR REPLACE FUNCTION refill() RETURNS trigger
    LANGUAGE plpgsql
AS $$
DECLARE
    base text;
BEGIN
    FOR base IN SELECT relname
                FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
                WHERE tgname = TG_NAME AND relnamespace = TG_TABLE_SCHEMA::regnamespace
                ORDER BY relname DESC
    LOOP
        EXECUTE format('LOCK TABLE %I.%I IN SHARE ROW EXCLUSIVE MODE', TG_TABLE_SCHEMA, base);
    END LOOP;
    EXECUTE format('CALL %I.%I()', TG_TABLE_SCHEMA, TG_ARGV[0] || '_fill');
    RETURN NULL;
END
$$;

DO $$
DECLARE
    t record;
BEGIN
    FOR t IN SELECT tgname, relname, name, to_char(ordinal, 'FM000') AS ordinal
             FROM pg_trigger
             JOIN pg_class ON pg_class.oid = tgrelid AND relnamespace = current_schema()::regnamespace
             JOIN derived_view ON tgname = 'refill_' || name
    LOOP
        EXECUTE format('ALTER TRIGGER %I ON %I RENAME TO %I', t.tgname, t.relname, 'refill_' || t.ordinal || '_' || t.name);
    END LOOP;
END
$$;
