-- The trace of the command that an event comes from, as the relay sends it with the record (W3C Trace Context); null for most:
-- traces are off unless somebody wants them, and then most requests may be left out.
ALTER TABLE public.event_log ADD COLUMN traceparent text;
