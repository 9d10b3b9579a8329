-- What the engine itself keeps in every generation. Names are not qualified: a generation is a schema. This file is run
-- first in it, then the view files in the order of their names.

-- How far the view has read each partition. The epoch says who may write: taking a partition over raises it. Reading
-- again from an earlier place lowers next_offset; seen_offset, the furthest that this generation has ever read, stays: it
-- is what a reader who must see an event goes by.
--
-- topic_id and leader_epoch say which log the position is a place in: Kafka gives a topic that is made anew another id, and a
-- partition whose leader changes a higher epoch, by which a consumer finds out whether the log was truncated behind its back.
-- Null: not known yet. base is added to an offset to make the place that rows, tombstones and dead letters keep
-- (source_offset, erased_before, place): when a log begins anew, or goes on from an earlier offset, base is raised so that
-- what it then holds stands behind all that was read before.
CREATE TABLE projection_position (
    topic         text        NOT NULL,
    partition     integer     NOT NULL,
    next_offset   bigint      NOT NULL,
    seen_offset   bigint      NOT NULL DEFAULT 0,
    epoch         bigint      NOT NULL,
    owner         text        NOT NULL,
    last_event_at timestamptz,
    updated_at    timestamptz NOT NULL DEFAULT now(),
    topic_id      text,
    leader_epoch  integer,
    base          bigint      NOT NULL DEFAULT 0,
    PRIMARY KEY (topic, partition)
) WITH (fillfactor = 50);

-- Where the partitions ended when somebody last looked, and until when the view is known to have held all of them.
CREATE TABLE projection_end (
    topic        text        NOT NULL,
    partition    integer     NOT NULL,
    end_offset   bigint      NOT NULL,
    caught_up_at timestamptz,
    seen_at      timestamptz NOT NULL,
    PRIMARY KEY (topic, partition)
) WITH (fillfactor = 50);

-- Holds a row while the projection is paused.
CREATE TABLE projection_pause (
    paused_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX projection_pause_once ON projection_pause ((true));

-- Where the projection stands, for people. No event that is not yet in the view is older than lag_time.
CREATE VIEW projection_status AS
SELECT p.topic, p.partition,
       p.next_offset AS position,
       e.end_offset,
       CASE WHEN p.next_offset >= e.end_offset THEN 0
            WHEN p.next_offset < e.end_offset THEN e.end_offset - p.next_offset END AS lag_events,
       CASE WHEN p.next_offset >= e.end_offset THEN interval '0'
            WHEN p.next_offset < e.end_offset
            THEN greatest(interval '0', now() - greatest(p.last_event_at, e.caught_up_at)) END AS lag_time,
       p.owner, p.epoch,
       p.updated_at AS last_batch_at,
       e.seen_at AS end_seen_at
FROM projection_position p
LEFT JOIN projection_end e USING (topic, partition);

-- What Kafka has lost, one row each time that it is found; for people, who delete a row when they have dealt with it.
--   RETENTION   offsets that were removed before the view had read them
--   RECREATED   the topic was deleted and made anew: what the former one still held from from_offset on, to an end that
--               nobody knows any more (to_offset is null); the new one is read from its beginning
--   TRUNCATED   offsets that the view has read and the log has lost since; others may stand there now, and are read
-- Events of a gap have a time stamp not far before last_event_at, that of the last event read before it, or after it.
CREATE TABLE projection_gap (
    topic         text        NOT NULL,
    partition     integer     NOT NULL,
    from_offset   bigint      NOT NULL,
    to_offset     bigint,
    found_at      timestamptz NOT NULL DEFAULT now(),
    reason        text        NOT NULL DEFAULT 'RETENTION' CHECK (reason IN ('RETENTION', 'RECREATED', 'TRUNCATED')),
    topic_id      text        NOT NULL DEFAULT '',
    last_event_at timestamptz,
    PRIMARY KEY (topic, partition, topic_id, from_offset)
);

-- Events that could not be applied. (base_view, row_key) is the row that the event speaks of, where that can be told: once
-- the row has seen a later event, this one is superseded. What operators have discarded outlives the generation, so it
-- stands in public.discarded_letter.
CREATE TABLE dead_letter (
    topic      text        NOT NULL,
    partition  integer     NOT NULL,
    "offset"   bigint      NOT NULL,
    key        bytea,
    payload    bytea,
    error      text        NOT NULL,
    base_view  text,
    row_key    text,
    attempts   integer     NOT NULL DEFAULT 1,
    event_at   timestamptz,
    failed_at  timestamptz NOT NULL DEFAULT now(),
    place      bigint      NOT NULL,
    headers    text,
    PRIMARY KEY (topic, partition, "offset")
);

-- What remains of a deleted row, so that an older event cannot bring it back: an event is void below erased_before (a
-- Kafka tombstone, which has no version), and when it is older than (version, source_offset).
CREATE TABLE tombstone (
    base_view     text   NOT NULL,
    key           text   NOT NULL,
    erased_before bigint NOT NULL,
    version       bigint,
    source_offset bigint,
    PRIMARY KEY (base_view, key)
);

-- The share of a counter that the running transaction may change: its partition, or -1 for a change made by hand. Tasks
-- never wait for each other's counters; a derived view sums the shares.
CREATE FUNCTION counter_share() RETURNS integer
    LANGUAGE sql STABLE
RETURN coalesce(nullif(current_setting('streamviews.partition', true), ''), '-1')::integer;

-- The derived views of this generation. NAME is a table or view to read, NAME_definition says in full what it must hold,
-- NAME_fill() empties what is kept of it and fills it from the base views. They are kept in the order of their ordinals. A
-- rebuild fills those at once that are not derived from each other (see derivations()), with derive's triggers off.
-- One that has failed is suspended: it stays as it is, and its base views go on, until resume() fills it anew.
CREATE TABLE derived_view (
    name         text    PRIMARY KEY,
    ordinal      integer NOT NULL GENERATED ALWAYS AS IDENTITY,
    suspended_at timestamptz,
    error        text,
    -- It has not failed itself: a view that it is derived from is suspended.
    is_dependent boolean NOT NULL DEFAULT false
);

-- Whether a derived view follows its base views.
CREATE FUNCTION is_kept(derived text) RETURNS boolean
    LANGUAGE sql STABLE
RETURN EXISTS (SELECT FROM derived_view WHERE name = derived AND suspended_at IS NULL);

-- Has every statement in a base view call <derived>_apply() with the rows it added and removed, as <base>_added and
-- <base>_removed. Where a statement has no such rows, an empty relation of that name stands in (see source), so one function
-- serves all of them. After TRUNCATE the view is filled anew. PostgreSQL calls triggers in the order of their names: a view
-- finds those that were derived before it up to date.
CREATE PROCEDURE derive(derived text, base text)
    LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO derived_view (name) VALUES (derived) ON CONFLICT DO NOTHING;
    CALL call_after_statements(derived, base, derived || '_apply');
    CALL refill_after_truncate(derived, base);
END
$$;

-- Has every statement in a base view call a function of a derived view, as derive says.
CREATE PROCEDURE call_after_statements(derived text, base text, function text)
    LANGUAGE plpgsql
AS $$
DECLARE
    prefix text := (SELECT 'derived_' || to_char(ordinal, 'FM000') || '_' || name FROM derived_view WHERE name = derived);
    change text[];
BEGIN
    FOREACH change SLICE 1 IN ARRAY ARRAY [['insert', 'NEW TABLE AS %3$I'],
                                           ['delete', 'OLD TABLE AS %4$I'],
                                           ['update', 'NEW TABLE AS %3$I OLD TABLE AS %4$I']]
    LOOP
        EXECUTE format('CREATE TRIGGER %1$I AFTER ' || change[1] || ' ON %2$I REFERENCING ' || change[2] ||
                       ' FOR EACH STATEMENT WHEN (is_kept(%5$L)) EXECUTE FUNCTION %6$I()',
                       prefix || '_' || change[1], base, base || '_added', base || '_removed', derived, function);
    END LOOP;
END
$$;

-- After TRUNCATE, derived views are filled anew in the order in which they were derived, as changes are applied to them: a
-- view may be kept from another one. PostgreSQL calls triggers in the order of their names.
CREATE PROCEDURE refill_after_truncate(derived text, base text)
    LANGUAGE plpgsql
AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER %I AFTER TRUNCATE ON %I FOR EACH STATEMENT WHEN (is_kept(%3$L))
                        EXECUTE FUNCTION refill(%3$L)',
                   (SELECT 'refill_' || to_char(ordinal, 'FM000') || '_' || name FROM derived_view WHERE name = derived),
                   base, derived);
END
$$;

CREATE FUNCTION refill() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    EXECUTE format('CALL %I.fill_anew(%L, %L)', TG_TABLE_SCHEMA, TG_TABLE_SCHEMA, TG_ARGV[0]);
    RETURN NULL;
END
$$;

-- Fills a derived view anew. All its base views are held still meanwhile: what a batch adds is in the base view and counted,
-- or neither.
CREATE PROCEDURE fill_anew(schema text, derived text)
    LANGUAGE plpgsql
AS $$
DECLARE
    base text;
BEGIN
    FOR base IN SELECT relname
                FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
                WHERE relnamespace = schema::regnamespace AND tgfoid = format('%I.refill', schema)::regproc
                  AND tgargs = convert_to(derived, 'UTF8') || '\x00'::bytea
                ORDER BY relname DESC
    LOOP
        EXECUTE format('LOCK TABLE %I.%I IN SHARE ROW EXCLUSIVE MODE', schema, base);
    END LOOP;
    EXECUTE format('CALL %I.%I()', schema, derived || '_fill');
END
$$;
