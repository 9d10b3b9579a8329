-- Two roles for Streamviews, on PostgreSQL 15 to 18: an owner, who migrates the write model, and a runtime role, which the
-- application runs as and which may only do to each table what the program does. So PostgreSQL keeps event_log append-only,
-- whoever asks.
--
-- Run once, in the application's database, by a superuser or by a member of both roles who owns the database and what is in
-- it. Again does no harm. If one role has done everything until now, stop the application first; that role can be the owner.
--
--   psql -d materialized_view_db -v owner=streamviews_owner -v runtime=streamviews -f docker/postgres/grants.sql
--
-- Roles that are missing are made, without a password: \password streamviews. What the runtime role may do in each table
-- stands where the tables are made (src/main/resources/db/rights/afterMigrate__runtime_role.sql): it is granted when the
-- owner migrates, so later releases' tables need nothing here.

\set ON_ERROR_STOP on
\if :{?owner}
\else
\set owner streamviews_owner
\endif
\if :{?runtime}
\else
\set runtime streamviews
\endif

BEGIN;

-- psql puts no variables into what follows DO.
SELECT set_config('grants.owner', :'owner', true), set_config('grants.runtime', :'runtime', true);

DO $$
DECLARE
    own     text := current_setting('grants.owner');
    runtime text := current_setting('grants.runtime');
    name    text;
BEGIN
    FOREACH name IN ARRAY ARRAY[own, runtime] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', name);
        END IF;
    END LOOP;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = runtime AND (rolsuper OR rolcreaterole OR rolreplication))
       OR pg_has_role(runtime, own, 'MEMBER') THEN
        RAISE EXCEPTION 'The runtime role % would not be kept from anything: it must not be a superuser, make roles or replicate, nor be % or a member of it',
            runtime, own;
    END IF;
END
$$;

-- What one role has made: the write model is the owner's, each generation of views the runtime role's. What others have
-- made beside it stays theirs.
DO $$
DECLARE
    statement text;
BEGIN
    FOR statement IN
        WITH home AS (
            SELECT 'public'::regnamespace::oid AS schema, current_setting('grants.owner') AS heir, relowner AS maker
            FROM pg_class WHERE relname = 'event_log' AND relnamespace = 'public'::regnamespace
            UNION ALL
            SELECT n.oid, current_setting('grants.runtime'), nspowner
            FROM pg_namespace n JOIN pg_class c ON relnamespace = n.oid AND relname = 'projection_position'
            WHERE nspname ~ '^views(_|$)'
        ), made(kind, name, heir, at) AS (
            SELECT 'TABLE', c.oid::regclass::text, heir, c.oid
            FROM home JOIN pg_class c ON relnamespace = schema AND relowner = maker AND relkind IN ('r', 'p', 'v', 'm', 'S')
            WHERE NOT EXISTS (SELECT FROM pg_depend
                              WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype IN ('a', 'i')
                                AND refclassid = 'pg_class'::regclass AND refobjid <> c.oid)
            UNION ALL
            SELECT 'ROUTINE', p.oid::regprocedure::text, heir, p.oid
            FROM home JOIN pg_proc p ON pronamespace = schema AND proowner = maker
            UNION ALL
            SELECT 'TYPE', t.oid::regtype::text, heir, t.oid
            FROM home JOIN pg_type t ON typnamespace = schema AND typowner = maker
            LEFT JOIN pg_class c ON c.oid = typrelid
            WHERE typtype IN ('d', 'e', 'r') OR c.relkind = 'c'
            UNION ALL
            SELECT 'SCHEMA', schema::regnamespace::text, heir, schema FROM home WHERE schema <> 'public'::regnamespace
            UNION ALL
            -- Whoever owns a database, or its schema public, may do anything to them.
            SELECT 'SCHEMA', 'public', current_setting('grants.owner'), oid
            FROM pg_namespace WHERE nspname = 'public' AND pg_get_userbyid(nspowner) = current_setting('grants.runtime')
            UNION ALL
            SELECT 'DATABASE', quote_ident(datname), current_setting('grants.owner'), oid
            FROM pg_database
            WHERE datname = current_database() AND pg_get_userbyid(datdba) = current_setting('grants.runtime')
        )
        SELECT format('ALTER %s %s OWNER TO %I', kind, name, heir) FROM made
        WHERE NOT EXISTS (SELECT FROM pg_depend WHERE objid = at AND deptype = 'e')
    LOOP
        EXECUTE statement;
    END LOOP;
END
$$;

-- The views are the runtime role's own: it makes a schema for each generation. psql finds user_view without a schema; but
-- the owner finds nothing in a schema that another one could have made.
DO $$
BEGIN
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I, %I', current_database(), current_setting('grants.owner'),
                   current_setting('grants.runtime'));
    EXECUTE format('GRANT CREATE ON DATABASE %I TO %I', current_database(), current_setting('grants.runtime'));
    EXECUTE format('ALTER DATABASE %I SET search_path = "$user", public, views', current_database());
    EXECUTE format('ALTER ROLE %I IN DATABASE %I SET search_path = public', current_setting('grants.owner'), current_database());
END
$$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC, :"runtime";
GRANT CREATE, USAGE ON SCHEMA public TO :"owner";
GRANT USAGE ON SCHEMA public TO :"runtime";

COMMIT;
