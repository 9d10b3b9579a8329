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
