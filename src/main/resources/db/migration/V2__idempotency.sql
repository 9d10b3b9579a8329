-- Requests that may be sent again: the key that the client gave, and what became of the first one.

-- One user created; the fingerprint tells a repetition from another request with the same key.
CREATE TABLE public.idempotency_key (
    key         text        PRIMARY KEY,
    fingerprint bytea       NOT NULL,
    user_id     bigint      NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idempotency_key_age ON public.idempotency_key (created_at);

-- A stream of users: how many of its lines are done, moved on in the transaction that does them, and their digest.
CREATE TABLE public.bulk_import (
    key        text        PRIMARY KEY,
    lines      bigint      NOT NULL,
    digest     bytea       NOT NULL,
    accepted   bigint      NOT NULL,
    first_id   bigint,
    last_id    bigint,
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX bulk_import_age ON public.bulk_import (updated_at);
