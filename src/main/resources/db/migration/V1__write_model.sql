-- The write model: the entities as commands left them, and everything that ever happened to them.

CREATE SEQUENCE public.users_id_seq;
CREATE SEQUENCE public.posts_id_seq;

CREATE TABLE public.users (
    id         bigint PRIMARY KEY,
    name       text        NOT NULL,
    email      text        NOT NULL,
    department text,
    status     text        NOT NULL CHECK (status IN ('ACTIVE', 'INACTIVE')),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version    bigint      NOT NULL
) WITH (fillfactor = 85);

CREATE TABLE public.posts (
    id         bigint PRIMARY KEY,
    title      text        NOT NULL,
    content    text        NOT NULL,
    author_id  bigint      NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version    bigint      NOT NULL
) WITH (fillfactor = 85);

-- Event log and outbox in one. The payload is json, not jsonb: it is published as it was written. The primary key is the
-- order in which the relay publishes; every row has an id of its own, too. The other index begins with what tells rows
-- apart, so that it rarely compares texts.
CREATE TABLE public.event_log (
    id             bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    transaction_id xid8        NOT NULL DEFAULT pg_current_xact_id(),
    aggregate_type text        NOT NULL CHECK (aggregate_type IN ('user', 'post')),
    aggregate_id   bigint      NOT NULL,
    version        bigint      NOT NULL,
    event_type     text        NOT NULL,
    message_key    text        NOT NULL,
    payload        json        NOT NULL,
    occurred_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (transaction_id, id),
    CONSTRAINT event_log_aggregate_version UNIQUE (aggregate_id, version, aggregate_type)
);

CREATE FUNCTION public.event_log_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'event_log is append-only: % refused', TG_OP;
END $$;

CREATE TRIGGER event_log_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON public.event_log
    FOR EACH STATEMENT EXECUTE FUNCTION public.event_log_is_append_only();

-- How far the relay has come: the last event that the broker acknowledged; and which relay publishes, until it has
-- ended in order.
CREATE TABLE public.relay_cursor (
    name           text   PRIMARY KEY,
    transaction_id xid8   NOT NULL,
    event_id       bigint NOT NULL,
    holder         text
);
INSERT INTO public.relay_cursor VALUES ('relay', '0', 0, NULL);

-- Lets `SELECT * FROM user_view` in psql find the views without a schema's name. A convenience: the application names
-- its schemas.
DO $$
BEGIN
    EXECUTE format('ALTER DATABASE %I SET search_path = "$user", public, views', current_database());
EXCEPTION
    WHEN insufficient_privilege THEN
        RAISE NOTICE 'Not the owner of %: name the schema (views.user_view), or set search_path', current_database();
END $$;
