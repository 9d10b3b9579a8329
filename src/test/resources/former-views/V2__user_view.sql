CREATE TABLE user_view (
    user_id           bigint      PRIMARY KEY,
    name              text        NOT NULL,
    email             text        NOT NULL,
    department        text,
    status            text        NOT NULL,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    version           bigint      NOT NULL,
    source_offset     bigint      NOT NULL,
    last_processed_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 90);

CREATE INDEX user_view_department ON user_view (department, user_id);

-- Empty relations with the names that triggers give to a statement's new and old rows: a derived view's trigger function
-- can name both whatever the statement was (in an INSERT there are no old rows, so the empty one is meant).
CREATE VIEW user_view_added AS SELECT * FROM user_view WHERE false;
CREATE VIEW user_view_removed AS SELECT * FROM user_view WHERE false;
