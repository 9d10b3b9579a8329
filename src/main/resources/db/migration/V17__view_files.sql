-- The views are made of files. What PostgreSQL makes of an instance's files is told by a fingerprint: a rebuild makes the
-- generation of one, and only instances with such files work on it. Null: of the files of whoever works on it.
ALTER TABLE public.rebuild ADD COLUMN views text;

-- The files that were live and have been replaced: instances that still have them do not bring them back by themselves.
CREATE TABLE public.former_views (
    fingerprint text        PRIMARY KEY,
    replaced_at timestamptz NOT NULL DEFAULT now()
);
