-- What outlives a generation: the rebuilds there were, and who does the one that is under way.

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
    finished_at       timestamptz
);

-- One at a time, of all instances.
CREATE UNIQUE INDEX rebuild_under_way ON public.rebuild ((true)) WHERE finished_at IS NULL;

-- Events that were asked to be read again into the live generation, and how far each partition had been read by then.
CREATE TABLE public.replay (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic        text        NOT NULL,
    requested_at timestamptz NOT NULL DEFAULT now(),
    finished_at  timestamptz
);

CREATE TABLE public.replay_partition (
    replay_id   bigint  NOT NULL REFERENCES public.replay,
    partition   integer NOT NULL,
    from_offset bigint  NOT NULL,
    to_offset   bigint  NOT NULL,
    PRIMARY KEY (replay_id, partition)
);
