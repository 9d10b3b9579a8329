-- Events are published in the order of their ids. Until now it was that of their transactions, below the oldest one that was
-- open: any long transaction of the cluster held all of them back, a dump's, an index build's, our own rebuild's.
--
-- Ids are drawn one after the other (the sequence's CACHE must stay 1), but become visible in the order of commits. So a
-- transaction says, before it draws its first id, that all that it will draw are greater than the last one drawn by then, its
-- floor: by a shared advisory lock with that number in it. The relay reads, in this order,
--   1. the last id drawn so far,
--   2. the lowest floor of those who hold one; the lower of both is the horizon,
--   3. with a later snapshot, the events: it sees all up to the horizon that there will ever be.
-- For whoever drew such an id had its floor before 1, and would hold it in 2, and the horizon were lower, had it not ended;
-- and PostgreSQL ends a transaction for the snapshots of others before it lets its locks go. A trigger takes the floor, so
-- nobody can forget it.

-- Nobody is writing now: all that has been written is seen.
LOCK TABLE public.event_log, public.relay_cursor IN ACCESS EXCLUSIVE MODE;

-- The relay goes on before the first event that is not published. Some after that may be: they are published again.
UPDATE public.relay_cursor AS c
   SET event_id = least(c.event_id, (SELECT min(e.id) - 1 FROM public.event_log AS e
                                      WHERE (e.transaction_id, e.id) > (c.transaction_id, c.event_id)));

ALTER TABLE public.event_log
    DROP CONSTRAINT event_log_pkey,
    DROP COLUMN transaction_id,
    ADD PRIMARY KEY (id);
ALTER TABLE public.relay_cursor DROP COLUMN transaction_id;

-- Once for a transaction: the setting ends with it, or with the savepoint that is rolled back, as the lock does. The key's
-- highest 16 bits tell these locks from others. Whoever may write events need not have rights on the sequence.
CREATE FUNCTION public.event_log_floor() RETURNS trigger
    LANGUAGE plpgsql
    SECURITY DEFINER
    SET search_path = ''
AS $$
BEGIN
    IF coalesce(current_setting('streamviews.event_log_floor', true), '') = '' THEN
        PERFORM pg_advisory_xact_lock_shared(
                    (24087::bigint << 48) + coalesce(pg_sequence_last_value('public.event_log_id_seq'), 0)),
                set_config('streamviews.event_log_floor', 'held', true);
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER event_log_floor
    BEFORE INSERT ON public.event_log
    FOR EACH STATEMENT EXECUTE FUNCTION public.event_log_floor();
ALTER TABLE public.event_log ENABLE ALWAYS TRIGGER event_log_floor;

-- Transactions that have written events and have not ended; a prepared one has no process.
CREATE VIEW public.event_log_writer AS
SELECT pid, ((classid::bigint & 65535) << 32) + objid::bigint AS floor
  FROM pg_locks
 WHERE locktype = 'advisory' AND objsubid = 1 AND classid::bigint >> 16 = 24087
   AND database = (SELECT oid FROM pg_database WHERE datname = current_database());

-- Up to which id a later snapshot sees every event. VOLATILE: each statement in it has its own moment.
CREATE FUNCTION public.event_log_horizon() RETURNS bigint
    LANGUAGE plpgsql
    VOLATILE
    SET search_path = ''
AS $$
DECLARE
    drawn bigint := coalesce(pg_sequence_last_value('public.event_log_id_seq'), 0);
BEGIN
    RETURN least(drawn, (SELECT min(floor) FROM public.event_log_writer));
END
$$;
