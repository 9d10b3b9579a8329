-- What Debezium needs to publish event_log in place of our relay, and no more. Run once, in the application's database, when
-- the application has migrated it, by a superuser (only he makes roles that may replicate), with wal_level=logical in
-- postgresql.conf. Again does no harm.
--
--   psql -d materialized_view_db -v cdc=streamviews_cdc -f docker/debezium/grants.sql
--
-- A role that is missing is made, without a password: \password streamviews_cdc. It may read the log and how far that is
-- published, and write nothing but that, by the function below.

\set ON_ERROR_STOP on
\if :{?cdc}
\else
\set cdc streamviews_cdc
\endif

BEGIN;

-- psql puts no variables into what follows DO.
SELECT set_config('grants.cdc', :'cdc', true);

DO $$
DECLARE
    cdc text := current_setting('grants.cdc');
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = cdc) THEN
        EXECUTE format('CREATE ROLE %I LOGIN REPLICATION', cdc);
    END IF;
    IF NOT EXISTS (SELECT FROM pg_publication WHERE pubname = 'streamviews_event_log') THEN
        -- What is forgotten of a person is an update; nothing else of the log ever changes.
        CREATE PUBLICATION streamviews_event_log FOR TABLE public.event_log WITH (publish = 'insert');
    END IF;
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), cdc);
END
$$;

GRANT USAGE ON SCHEMA public TO :"cdc";
GRANT SELECT ON public.event_log, public.relay_cursor TO :"cdc";

-- Where in the write-ahead log the slot must come next for the cursor to move, to which event, and for which process.
CREATE TABLE IF NOT EXISTS public.debezium_mark (
    name     text    PRIMARY KEY,
    event_id bigint  NOT NULL,
    lsn      pg_lsn  NOT NULL,
    pid      integer NOT NULL
);

-- Moves the relay's cursor behind what Debezium has published for good: the connector calls this at each of its heartbeats.
-- The slot's position is confirmed when Kafka has acknowledged all before it and Connect has kept that in mind, and PostgreSQL
-- sends nothing before it again. So a mark is made, of the highest event up to which all have ended and are in the
-- write-ahead log, and of that log's end after it; once the slot has passed the mark, the cursor moves to its event, and the
-- next mark is made. A mark counts for the process of PostgreSQL that read the slot then: a slot that was made anew is behind
-- it from the start, and events are on their way from a snapshot. What was marked before Debezium held the cursor counts for
-- nothing, either; a cursor that a relay holds, and is heard of, is left alone.
--
-- The message gives the slot something to confirm when others write and events are few: it would keep their log, else.
CREATE OR REPLACE FUNCTION public.debezium_beat(slot name) RETURNS void
    LANGUAGE plpgsql
    SECURITY DEFINER
    SET search_path = ''
AS $$
DECLARE
    confirmed pg_lsn;
    reader    integer;
    ended     bigint;
BEGIN
    SELECT confirmed_flush_lsn, active_pid INTO confirmed, reader
      FROM pg_catalog.pg_replication_slots
     WHERE slot_name = slot AND database = pg_catalog.current_database();
    UPDATE public.relay_cursor
       SET holder = 'debezium'
     WHERE name = 'relay' AND holder IS DISTINCT FROM 'debezium'
       AND (holder IS NULL OR beat_at < pg_catalog.clock_timestamp() - interval '1 minute');
    IF FOUND THEN
        DELETE FROM public.debezium_mark;
    END IF;
    DELETE FROM public.debezium_mark WHERE pid IS DISTINCT FROM reader;
    UPDATE public.relay_cursor AS c
       SET event_id = greatest(c.event_id, m.event_id), repeat_from = NULL, repeat_at = NULL
      FROM public.debezium_mark AS m
     WHERE c.name = 'relay' AND c.holder = 'debezium' AND m.lsn <= confirmed;
    DELETE FROM public.debezium_mark WHERE lsn <= confirmed;
    UPDATE public.relay_cursor
       SET beat_at = pg_catalog.clock_timestamp(), trouble = NULL
     WHERE name = 'relay' AND holder = 'debezium';
    IF FOUND AND reader IS NOT NULL THEN
        ended := public.event_log_horizon();
        INSERT INTO public.debezium_mark (name, event_id, lsn, pid)
        VALUES ('relay', ended, pg_catalog.pg_current_wal_insert_lsn(), reader)
        ON CONFLICT DO NOTHING;
        PERFORM pg_catalog.pg_logical_emit_message(false, 'streamviews', '');
    END IF;
END
$$;

-- They are the log's owner's, as what they move is.
DO $$
DECLARE
    own text := (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'public.event_log'::regclass);
BEGIN
    EXECUTE format('ALTER TABLE public.debezium_mark OWNER TO %I', own);
    EXECUTE format('ALTER FUNCTION public.debezium_beat(name) OWNER TO %I', own);
END
$$;
REVOKE ALL ON FUNCTION public.debezium_beat(name) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.debezium_beat(name) TO :"cdc";

COMMIT;
