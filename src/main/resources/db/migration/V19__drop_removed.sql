-- Base views of which a rebuild does without what the topics do not hold any more; '*' for all of them.
ALTER TABLE public.rebuild ADD COLUMN drop_removed text[] NOT NULL DEFAULT '{}';
