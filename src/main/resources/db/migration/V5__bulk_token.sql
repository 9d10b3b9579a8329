-- What a stream's consistency token names: its last user in each partition.
ALTER TABLE public.bulk_import ADD COLUMN last_in_partitions bigint[] NOT NULL DEFAULT '{}';
