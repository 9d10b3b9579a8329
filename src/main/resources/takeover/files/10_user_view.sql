-- The users as they are now. The record's key is the user's id; a Kafka tombstone deletes its user, too.
CREATE TABLE user_view (
    user_id    bigint      PRIMARY KEY,
    name       text        NOT NULL,
    email      text        NOT NULL,
    department text,
    status     text        NOT NULL CHECK (status IN ('ACTIVE', 'INACTIVE')),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE INDEX user_view_department ON user_view (department, user_id);

CALL source('user_view', topic => '${streamviews.topics.user-events:user-events}', envelope => 'streamviews', root => '/user',
            record_key => '/userId',
            columns => '{"user_id": "key", "department": {"path": "/user/department", "blank_is_null": true}}');
