-- Which log a position is a place in. Kafka gives a topic that is made anew another id, and a partition whose leader changes
-- a higher epoch, by which a consumer finds out whether the log was truncated behind its back. Null: not known yet.
--
-- base is added to an offset to make the place that rows, tombstones and dead letters keep (source_offset, erased_before,
-- place): when a log begins anew, or goes on from an earlier offset, base is raised so that what it then holds stands behind
-- all that was read before.
ALTER TABLE projection_position
    ADD COLUMN topic_id     text,
    ADD COLUMN leader_epoch integer,
    ADD COLUMN base         bigint NOT NULL DEFAULT 0;

ALTER TABLE dead_letter ADD COLUMN place bigint;
UPDATE dead_letter SET place = "offset";
ALTER TABLE dead_letter ALTER COLUMN place SET NOT NULL;

-- What Kafka has lost, one row each time that it is found; for people, who delete a row when they have dealt with it.
--   RETENTION   offsets that were removed before the view had read them
--   RECREATED   the topic was deleted and made anew: what the former one still held from from_offset on, to an end that
--               nobody knows any more (to_offset is null); the new one is read from its beginning
--   TRUNCATED   offsets that the view has read and the log has lost since; others may stand there now, and are read
-- Events of a gap have a time stamp not far before last_event_at, that of the last event read before it, or after it.
ALTER TABLE projection_gap
    ADD COLUMN reason        text NOT NULL DEFAULT 'RETENTION'
        CHECK (reason IN ('RETENTION', 'RECREATED', 'TRUNCATED')),
    ADD COLUMN topic_id      text NOT NULL DEFAULT '',
    ADD COLUMN last_event_at timestamptz,
    ALTER COLUMN to_offset DROP NOT NULL,
    DROP CONSTRAINT projection_gap_pkey,
    ADD PRIMARY KEY (topic, partition, topic_id, from_offset);
