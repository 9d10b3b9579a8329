-- People who are to be forgotten, and the certificate of it. Whoever works on one says until when (next_look_at), and does each
-- step in one transaction with this row: it is done, counted and noted, or not.
CREATE TABLE public.erasure (
    id              bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject         text        NOT NULL UNIQUE,
    requested_by    text        NOT NULL,
    requested_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    state           text        NOT NULL DEFAULT 'DELETING'
                    CHECK (state IN ('DELETING', 'ARRIVING', 'ERASING', 'COMPACTING', 'DONE')),
    -- Whether the entity was there when its erasure was asked for.
    was_there       boolean     NOT NULL,
    -- Of the event that deleted it.
    version         bigint,
    arrived_at      timestamptz,
    erased_at       timestamptz,
    erased          jsonb       NOT NULL DEFAULT '[]',
    -- Up to which offset of its partition the topic can have said anything of the subject, and when that must be gone.
    scan_to         bigint,
    compacted_by    timestamptz,
    topics_clean_at timestamptz,
    -- Null: nothing is known that it waits for.
    waits_for       text,
    looks           integer     NOT NULL DEFAULT 0,
    next_look_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX erasure_next_look ON public.erasure (next_look_at) WHERE state <> 'DONE';

-- Rows of base views of which nothing may be shown or kept any more although the topic still says it: from when the erasure is
-- asked for until the topic is clean.
CREATE TABLE public.erased_row (
    base_view text  NOT NULL,
    row_key   text  NOT NULL,
    topic     text  NOT NULL,
    key       bytea NOT NULL,
    PRIMARY KEY (base_view, row_key)
);

-- Moves on when somebody has gone from the live views: then processes look at erased_row, and forget what they hold in memory.
CREATE SEQUENCE public.erasure_arrival;

-- What is left of an event when its user is forgotten: the fields that are named here, no other; and what says nothing of the
-- person, as it is.
CREATE FUNCTION public.event_of_nobody(event json) RETURNS json
    LANGUAGE sql IMMUTABLE
    SET search_path = ''
RETURN CASE
    WHEN event -> 'user' IS NULL THEN event
    WHEN event ->> 'eventType' <> 'USER_DELETED' THEN
        json_build_object('eventType', event -> 'eventType', 'userId', event -> 'userId',
            'user', json_build_object(
                'id', event #> '{user,id}', 'name', 'erased', 'email', 'erased@erased.invalid',
                'department', event #> '{user,department}', 'status', event #> '{user,status}',
                'createdAt', event #> '{user,createdAt}', 'updatedAt', event #> '{user,updatedAt}'),
            'timestamp', event -> 'timestamp', 'version', event -> 'version')
    ELSE
        json_build_object('eventType', event -> 'eventType', 'userId', event -> 'userId',
            'timestamp', event -> 'timestamp', 'version', event -> 'version')
    END;

-- The log stays append-only, for everybody, with one exception: what an event says of a person who has been deleted may go.
DROP TRIGGER event_log_append_only ON public.event_log;
CREATE TRIGGER event_log_append_only
    BEFORE DELETE OR TRUNCATE ON public.event_log
    FOR EACH STATEMENT EXECUTE FUNCTION public.event_log_is_append_only();

CREATE FUNCTION public.event_log_forgets_only() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = ''
AS $$
BEGIN
    IF to_jsonb(NEW) - 'payload' <> to_jsonb(OLD) - 'payload'
       OR OLD.aggregate_type <> 'user'
       OR NEW.payload::text <> public.event_of_nobody(OLD.payload)::text
       OR NOT EXISTS (SELECT FROM public.event_log AS d
                      WHERE d.aggregate_type = 'user' AND d.aggregate_id = OLD.aggregate_id
                        AND d.event_type = 'USER_DELETED')
    THEN
        RAISE EXCEPTION 'event_log is append-only: UPDATE refused';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER event_log_forgets_only
    BEFORE UPDATE ON public.event_log
    FOR EACH ROW EXECUTE FUNCTION public.event_log_forgets_only();

-- For a role that may not change the log: all that it can do is to have a user forgotten who has been deleted. Tells how many
-- events have changed.
CREATE FUNCTION public.forget_user(erased bigint) RETURNS bigint
    LANGUAGE plpgsql
    SECURITY DEFINER
    SET search_path = ''
AS $$
DECLARE
    changed bigint;
BEGIN
    UPDATE public.event_log
       SET payload = public.event_of_nobody(payload)
     WHERE aggregate_type = 'user' AND aggregate_id = erased
       AND payload::text <> public.event_of_nobody(payload)::text;
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN changed;
END
$$;
REVOKE ALL ON FUNCTION public.forget_user(bigint) FROM PUBLIC;
