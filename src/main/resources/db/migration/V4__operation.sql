-- What operators decide and ask for.

-- Dead letters that operators have decided to do without. Here and not in a generation, so that a rebuild does not ask
-- again. The record's time stamp tells an event from another one at the same place of a topic that was made anew.
CREATE TABLE public.discarded_letter (
    topic        text        NOT NULL,
    partition    integer     NOT NULL,
    "offset"     bigint      NOT NULL,
    event_at     timestamptz,
    reason       text        NOT NULL,
    discarded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (topic, partition, "offset")
);

-- Comparisons of the views with what they must be. Whoever does one holds an advisory lock meanwhile (VerificationLog), so
-- that one whose process died can be told from one that is under way.
CREATE TABLE public.verification (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    depth       text        NOT NULL CHECK (depth IN ('SHALLOW', 'DEEP')),
    state       text        NOT NULL CHECK (state IN ('RUNNING', 'DONE', 'FAILED')),
    started_at  timestamptz NOT NULL,
    finished_at timestamptz,
    differing   bigint,
    views       jsonb,
    error       text
);
