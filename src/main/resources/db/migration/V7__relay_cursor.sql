-- What relays tell each other, by the database's clock.
ALTER TABLE public.relay_cursor
    -- When the relay that publishes was last heard of, and what keeps it from its work.
    ADD COLUMN beat_at     timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN trouble     text,
    -- After a relay that did not end in order: behind which event everything is published once more, and when.
    ADD COLUMN repeat_from bigint,
    ADD COLUMN repeat_at   timestamptz;
