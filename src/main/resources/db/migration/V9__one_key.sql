-- One table of keys, so that a key means one request: a user created (user_id), or a stream of users (lines). The
-- fingerprint of a stream is the digest of the lines that are done. Moved on with every chunk; forgotten by its last use.
ALTER TABLE public.idempotency_key
    ALTER COLUMN user_id DROP NOT NULL,
    ADD COLUMN lines bigint,
    ADD COLUMN accepted bigint,
    ADD COLUMN first_id bigint,
    ADD COLUMN last_id bigint,
    ADD COLUMN last_in_partitions bigint[],
    ADD CONSTRAINT idempotency_key_of_one CHECK ((user_id IS NULL) <> (lines IS NULL));
ALTER TABLE public.idempotency_key RENAME COLUMN created_at TO used_at;

-- A key that was used for both keeps the user.
INSERT INTO public.idempotency_key (key, fingerprint, lines, accepted, first_id, last_id, last_in_partitions, used_at)
SELECT key, digest, lines, accepted, first_id, last_id, last_in_partitions, updated_at FROM public.bulk_import
ON CONFLICT (key) DO NOTHING;

DROP TABLE public.bulk_import;
