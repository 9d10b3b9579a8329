-- The posts as they are now, without their authors' data: post_with_author joins those when it is read. The record's key is
-- the author's, so one task sees an author and all of the author's posts.
CREATE TABLE post_view (
    post_id    bigint      NOT NULL,
    title      text        NOT NULL,
    content    text        NOT NULL,
    author_id  bigint      NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (post_id) INCLUDE (author_id)
);

CREATE INDEX post_view_author ON post_view (author_id, post_id);

CALL source('post_view', topic => '${streamviews.topics.post-events:post-events}', envelope => 'streamviews', root => '/post',
            record_key => '/post/authorId', columns => '{"post_id": "/postId"}');

-- A post with its author's data of now: a user's change is one row's change, however many posts the user has.
CREATE VIEW post_with_author AS
SELECT p.post_id, p.title, p.content, p.author_id, p.created_at, p.updated_at, p.version,
       u.name       AS author_name,
       u.email      AS author_email,
       u.department AS author_department,
       u.status     AS author_status
FROM post_view p
LEFT JOIN user_view u ON u.user_id = p.author_id;
