-- Whether all lines of a stream are done: then another stream with its key has no more of them.
ALTER TABLE public.idempotency_key ADD COLUMN complete boolean NOT NULL DEFAULT false;
