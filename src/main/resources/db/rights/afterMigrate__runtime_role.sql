-- What the role that the application runs as may do in the write model, if it is another one than the owner's, who runs
-- this whenever it has migrated for that role (streamviews.database.migrate-for). Who adds a table adds its rights here.
-- By hand: SET streamviews.runtime_role = '...', and then this file.
DO $$
DECLARE
    runtime text := nullif(current_setting('streamviews.runtime_role', true), '');
    may     text;
    thing   text;
BEGIN
    IF runtime IS NULL OR runtime = current_user THEN
        RETURN;
    END IF;
    FOR thing, may IN VALUES
        ('public.event_log',              'SELECT, INSERT'),
        ('SEQUENCE public.event_log_id_seq', 'SELECT'),
        ('public.event_log_writer',       'SELECT'),
        ('public.relay_cursor',           'SELECT, UPDATE'),
        ('public.users',                  'SELECT, INSERT, UPDATE, DELETE'),
        ('SEQUENCE public.users_id_seq',  'USAGE'),
        ('public.posts',                  'SELECT, INSERT, UPDATE, DELETE'),
        ('SEQUENCE public.posts_id_seq',  'USAGE'),
        ('public.idempotency_key',        'SELECT, INSERT, UPDATE, DELETE'),
        ('public.rebuild',                'SELECT, INSERT, UPDATE'),
        ('public.former_views',           'SELECT, INSERT, UPDATE, DELETE'),
        ('public.replay',                 'SELECT, INSERT, UPDATE'),
        ('public.replay_partition',       'SELECT, INSERT'),
        ('public.discarded_letter',       'SELECT, INSERT, UPDATE, DELETE'),
        ('public.verification',           'SELECT, INSERT, UPDATE, DELETE'),
        ('public.erasure',                'SELECT, INSERT, UPDATE'),
        ('public.erased_row',             'SELECT, INSERT, DELETE'),
        ('SEQUENCE public.erasure_arrival', 'USAGE'),
        -- Who asked, when and from where, is written once; what for may have to forget a person's name.
        ('public.audit',                  'INSERT, SELECT (id, target, body), UPDATE (target, status, body)'),
        ('public.flyway_schema_history',  'SELECT')
    LOOP
        -- profile projection has no write model
        CONTINUE WHEN to_regclass(replace(thing, 'SEQUENCE ', '')) IS NULL;
        EXECUTE format('REVOKE ALL ON %s FROM %I', thing, runtime);
        EXECUTE format('GRANT %s ON %s TO %I', may, thing, runtime);
    END LOOP;
    -- What needs more than that is done by functions that do it with the owner's rights; nobody else may call them.
    FOR thing IN
        SELECT oid::regprocedure FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND prosecdef AND prorettype <> 'trigger'::regtype
          AND pg_get_userbyid(proowner) = current_user
    LOOP
        EXECUTE format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC', thing);
        EXECUTE format('GRANT EXECUTE ON ROUTINE %s TO %I', thing, runtime);
    END LOOP;
END
$$;
