-- Whether a rebuild leaves out what the live views have of events that the topics do not hold any more.
ALTER TABLE public.rebuild ADD COLUMN drop_removed boolean NOT NULL DEFAULT false;
