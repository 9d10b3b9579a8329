-- Where the views stood in the topics when they were verified: a view that is behind can be right for where it is.
ALTER TABLE public.verification
    ADD COLUMN behind bigint,
    ADD COLUMN as_of  jsonb;
