-- PostgreSQL lets everybody call a new function, and this one has the owner's rights. Another role that the application runs as
-- gets the right when the write model is migrated for it.
REVOKE ALL ON FUNCTION public.forget_audit(timestamptz, integer) FROM PUBLIC;
