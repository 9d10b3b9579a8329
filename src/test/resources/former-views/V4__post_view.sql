CREATE TABLE post_view (
    post_id           bigint      NOT NULL,
    title             text        NOT NULL,
    content           text        NOT NULL,
    author_id         bigint      NOT NULL,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    version           bigint      NOT NULL,
    source_offset     bigint      NOT NULL,
    last_processed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (post_id) INCLUDE (author_id)
) WITH (fillfactor = 90);

CREATE INDEX post_view_author ON post_view (author_id, post_id);

CREATE VIEW post_view_added AS SELECT * FROM post_view WHERE false;
CREATE VIEW post_view_removed AS SELECT * FROM post_view WHERE false;

-- A post with its author's data of now: a user's change is one row's change, however many posts the user has.
CREATE VIEW post_with_author AS
SELECT p.post_id, p.title, p.content, p.author_id, p.created_at, p.updated_at, p.version,
       u.name       AS author_name,
       u.email      AS author_email,
       u.department AS author_department,
       u.status     AS author_status
FROM post_view p
LEFT JOIN user_view u ON u.user_id = p.author_id;
