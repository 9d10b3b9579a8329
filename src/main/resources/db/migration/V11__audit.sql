-- What operators have asked for, and who they were. A row is there before anything is done.
CREATE TABLE public.audit (
    id      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    who     text        NOT NULL,
    address text        NOT NULL,
    method  text        NOT NULL,
    target  text        NOT NULL,
    -- What was sent along, as it was understood; null: nothing, or nothing that could be understood.
    body    text,
    -- Of the answer; null: it is not known whether it was done.
    status  integer
);
