-- Forgets the oldest entries before a time, so many at most, and says which. With the owner's rights: the application may not
-- remove entries, and those of the last 30 days nobody may remove in this way.
CREATE FUNCTION public.forget_audit(before timestamptz, most integer) RETURNS SETOF bigint
    LANGUAGE sql
    SECURITY DEFINER
    SET search_path = ''
AS $$
    DELETE FROM public.audit
    WHERE id IN (SELECT id FROM public.audit
                 WHERE at < least(before, clock_timestamp() - interval '30 days')
                 ORDER BY id LIMIT most)
    RETURNING id;
$$;
