-- Where the rows of the base views come from: what CALL source(...) in their files says.
CREATE TABLE view_source (
    view        text    PRIMARY KEY,
    ordinal     integer NOT NULL GENERATED ALWAYS AS IDENTITY,
    topic       text    NOT NULL,
    declaration jsonb   NOT NULL
);

-- The files that have made this generation.
CREATE TABLE view_file (
    name text PRIMARY KEY,
    text text NOT NULL
);

-- What PostgreSQL has made of them: all that the generation had besides its rows before people changed anything.
CREATE TABLE generation_part (
    step integer NOT NULL,
    at   bigint  NOT NULL,
    what text    NOT NULL,
    says text    NOT NULL,
    make text,
    undo text
);

-- Makes a table with a primary key a base view: it has a row per key, as the records of a topic say. What people may say
-- here is in .github/VIEWS.md.
--   columns     by name, the place of a value: '/a/b' (a JSON Pointer, from the row on), 'key', 'key/id', 'header/name',
--               'timestamp', 'ce/type' (a CloudEvent's attribute), 'envelope/ts_ms' (around Debezium's row); or
--               {"path": …, "format": …, "blank_is_null": true}. Others are read from the member of their name at root
--   format      epoch-seconds, epoch-millis, epoch-micros, epoch-nanos, epoch-days; millis-of-day, micros-of-day,
--               nanos-of-day; micros (intervals); base64-decimal, base64-bits, base64, hex, json-text. A Debezium record that
--               has its schema says this itself
--   envelope    plain, streamviews, debezium, cloudevents
--   key_format  text, long (8 bytes), json
--   record_key  the place in the value that must repeat the record's key
--   deleted     a place whose value true, or {"path": …, "values": […]} one of whose values, says that the row is gone
--   version     the place of the row's version; without it, the later offset wins
CREATE PROCEDURE source(
    view text, topic text, columns jsonb DEFAULT '{}', envelope text DEFAULT 'plain', root text DEFAULT NULL,
    key_format text DEFAULT 'text', record_key text DEFAULT NULL, deleted jsonb DEFAULT NULL, version text DEFAULT NULL)
    LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO view_source (view, topic, declaration)
    VALUES (view, topic, jsonb_strip_nulls(jsonb_build_object(
        'columns', columns, 'envelope', envelope, 'root', root, 'keyFormat', key_format, 'recordKey', record_key,
        'deleted', deleted, 'version', version)));
    EXECUTE format('ALTER TABLE %I
                        ADD COLUMN version           bigint      NOT NULL,
                        ADD COLUMN source_offset     bigint      NOT NULL,
                        ADD COLUMN last_processed_at timestamptz NOT NULL DEFAULT now(),
                        SET (fillfactor = 90)', view);
    -- Empty relations with the names that triggers give to a statement's new and old rows: a derived view's trigger function
    -- can name both whatever the statement was (in an INSERT there are no old rows, so the empty one is meant).
    EXECUTE format('CREATE VIEW %I AS SELECT * FROM %I WHERE false', view || '_added', view);
    EXECUTE format('CREATE VIEW %I AS SELECT * FROM %I WHERE false', view || '_removed', view);
END
$$;
