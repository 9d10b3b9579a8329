-- What outlives the generations of views, where the application runs without users and posts (profile projection): as the
-- migrations up to V17 in db/migration have made it. A database is one or the other.

-- The rebuilds there were, and who does the one that is under way. views: the fingerprint of the files that it is made of;
-- null: those of whoever works on it.
CREATE TABLE public.rebuild (
    id                bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    state             text        NOT NULL CHECK (state IN ('PREPARING', 'FILLING', 'INDEXING', 'CATCHING_UP', 'SWAPPING',
                                                            'DONE', 'CANCELLED', 'FAILED', 'ABANDONED', 'ROLLED_BACK')),
    -- Raised by every process that begins or goes on with it.
    attempt           integer     NOT NULL DEFAULT 0,
    runner            text,
    cancel_requested  boolean     NOT NULL DEFAULT false,
    events_done       bigint      NOT NULL DEFAULT 0,
    events_total      bigint      NOT NULL DEFAULT 0,
    events_per_second bigint,
    error             text,
    started_at        timestamptz NOT NULL DEFAULT now(),
    finished_at       timestamptz,
    views             text
);

-- One at a time, of all instances.
CREATE UNIQUE INDEX rebuild_under_way ON public.rebuild ((true)) WHERE finished_at IS NULL;

-- The files that were live and have been replaced: instances that still have them do not bring them back by themselves.
CREATE TABLE public.former_views (
    fingerprint text        PRIMARY KEY,
    replaced_at timestamptz NOT NULL DEFAULT now()
);

-- Events that were asked to be read again into the live generation, and how far each partition had been read by then. base:
-- which log the offsets are of (views.projection_position); null: not known.
CREATE TABLE public.replay (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic        text        NOT NULL,
    requested_at timestamptz NOT NULL DEFAULT now(),
    finished_at  timestamptz
);

CREATE UNIQUE INDEX replay_under_way ON public.replay (topic) WHERE finished_at IS NULL;

CREATE TABLE public.replay_partition (
    replay_id   bigint  NOT NULL REFERENCES public.replay,
    partition   integer NOT NULL,
    from_offset bigint  NOT NULL,
    to_offset   bigint  NOT NULL,
    base        bigint,
    PRIMARY KEY (replay_id, partition)
);

-- Dead letters that operators have decided to do without. The record's time stamp tells an event from another one at the same
-- place of a topic that was made anew.
CREATE TABLE public.discarded_letter (
    topic        text        NOT NULL,
    partition    integer     NOT NULL,
    "offset"     bigint      NOT NULL,
    event_at     timestamptz,
    reason       text        NOT NULL,
    discarded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (topic, partition, "offset")
);

-- Comparisons of the views with what they must be. Whoever does one holds an advisory lock meanwhile.
CREATE TABLE public.verification (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    depth       text        NOT NULL CHECK (depth IN ('SHALLOW', 'DEEP')),
    state       text        NOT NULL CHECK (state IN ('RUNNING', 'DONE', 'FAILED')),
    started_at  timestamptz NOT NULL,
    finished_at timestamptz,
    differing   bigint,
    views       jsonb,
    error       text,
    behind      bigint,
    as_of       jsonb
);

-- Rows of base views of which nothing may be shown or kept any more although the topic still says it. The sequence moves on
-- when a row has gone: then processes look here, and forget what they hold in memory.
CREATE TABLE public.erased_row (
    base_view text  NOT NULL,
    row_key   text  NOT NULL,
    topic     text  NOT NULL,
    key       bytea NOT NULL,
    PRIMARY KEY (base_view, row_key)
);

CREATE SEQUENCE public.erasure_arrival;

-- What operators have asked for, and who they were. A row is there before anything is done.
CREATE TABLE public.audit (
    id      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    who     text        NOT NULL,
    address text        NOT NULL,
    method  text        NOT NULL,
    target  text        NOT NULL,
    -- What was sent along, as it was understood; null: nothing, or nothing that could be understood.
    body    text,
    -- Of the answer; null: it is not known whether it was done.
    status  integer
);
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
