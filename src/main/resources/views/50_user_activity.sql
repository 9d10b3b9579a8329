-- By hand: outer joins; and new posts need not have all of their author's read for the first and the last.
-- What the view says, in full. The first and the last post are those with the lowest and the highest number; a user's
-- version says how often the user was changed since creation. Authors who are not in user_view are not in this view.
CREATE VIEW user_activity_definition AS
SELECT u.user_id,
       u.name,
       u.department,
       u.status,
       coalesce(a.posts, 0) AS posts,
       a.first_post_id,
       f.created_at         AS first_post_at,
       a.last_post_id,
       l.created_at         AS last_post_at,
       u.updated_at         AS last_change_at,
       u.version - 1        AS changes
FROM user_view u
LEFT JOIN (SELECT author_id, count(*) AS posts, min(post_id) AS first_post_id, max(post_id) AS last_post_id
           FROM post_view
           GROUP BY author_id) AS a ON a.author_id = u.user_id
LEFT JOIN post_view f ON f.post_id = a.first_post_id
LEFT JOIN post_view l ON l.post_id = a.last_post_id;

-- A department as a key that can be compared and indexed: "no department" is one, too.
CREATE FUNCTION department_key(department text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce('=' || department, '-');

-- What each author has written, and where the author is: department_key is null if nowhere, that is, not in user_view. An
-- author's posts and user row are in the same partition, so no two tasks change the same row. A row whose posts are all
-- gone stays with zero.
CREATE TABLE user_activity_author (
    author_id      bigint NOT NULL,
    department_key text,
    posts          bigint NOT NULL,
    first_post_id  bigint,
    last_post_id   bigint,
    PRIMARY KEY (author_id) INCLUDE (department_key)
) WITH (fillfactor = 80);

CREATE INDEX user_activity_posts ON user_activity_author ((-posts), author_id)
    WHERE department_key IS NOT NULL AND posts > 0;
CREATE INDEX user_activity_last_post ON user_activity_author (last_post_id)
    WHERE department_key IS NOT NULL AND posts > 0;
CREATE INDEX user_activity_department_posts ON user_activity_author (department_key, (-posts), author_id)
    WHERE posts > 0;
CREATE INDEX user_activity_department_last_post ON user_activity_author (department_key, last_post_id)
    WHERE posts > 0;
CREATE INDEX user_activity_nowhere ON user_activity_author (author_id) WHERE department_key IS NULL;

-- How many have written anything that is still there, whether they are in user_view or not.
CREATE TABLE user_activity_share (
    share   integer NOT NULL PRIMARY KEY,
    authors bigint  NOT NULL
) WITH (fillfactor = 50);

CREATE VIEW user_activity AS
SELECT u.user_id,
       u.name,
       u.department,
       u.status,
       coalesce(a.posts, 0) AS posts,
       a.first_post_id,
       f.created_at         AS first_post_at,
       a.last_post_id,
       l.created_at         AS last_post_at,
       u.updated_at         AS last_change_at,
       u.version - 1        AS changes
FROM user_view u
LEFT JOIN user_activity_author a ON a.author_id = u.user_id
LEFT JOIN post_view f ON f.post_id = a.first_post_id
LEFT JOIN post_view l ON l.post_id = a.last_post_id;

-- Applies the difference that a statement made in post_view or user_view. A plan is kept for all statements of a session,
-- small and large: it must look authors up by index, whatever the tables looked like when it was made.
CREATE FUNCTION user_activity_apply() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = ''
    SET enable_hashjoin = off
    SET enable_mergejoin = off
    SET enable_seqscan = off
    SET jit = off
AS $$
BEGIN
    PERFORM set_config('search_path', quote_ident(TG_TABLE_SCHEMA), true);
    IF TG_TABLE_NAME = 'user_view' THEN
        -- A new user matters only if there are posts without one. An upsert calls the triggers of updates even if it has only
        -- inserted, and those of the table below would be called by an UPDATE of nothing, too.
        IF TG_OP = 'INSERT' AND NOT EXISTS (SELECT FROM user_activity_author WHERE department_key IS NULL)
           OR TG_OP = 'UPDATE' AND NOT EXISTS (SELECT FROM user_view_removed) THEN
            RETURN NULL;
        END IF;
        UPDATE user_activity_author a
        SET department_key = moved.department_key
        FROM (SELECT user_id, CASE WHEN n.user_id IS NOT NULL THEN department_key(n.department) END AS department_key
              FROM user_view_added n
              FULL JOIN user_view_removed o USING (user_id)
              WHERE n.user_id IS NULL OR o.user_id IS NULL OR n.department IS DISTINCT FROM o.department) AS moved
        WHERE a.author_id = moved.user_id;
        RETURN NULL;
    END IF;

    -- From here to the end of the transaction no author moves: those who are known are locked below, the others here. One
    -- whom another transaction is just inserting is not seen: an author and the posts come through one task, and who
    -- inserts authors by hand commits at once.
    PERFORM FROM user_view u
    WHERE u.user_id IN (SELECT author_id FROM post_view_added p
                        WHERE NOT EXISTS (SELECT FROM user_activity_author a WHERE a.author_id = p.author_id))
    ORDER BY u.user_id
    FOR SHARE;

    WITH change AS (
        SELECT author_id,
               sum(n)                           AS posts,
               min(post_id) FILTER (WHERE n > 0) AS first_post_id,
               max(post_id) FILTER (WHERE n > 0) AS last_post_id
        FROM (SELECT author_id, post_id, sum(n) AS n
              FROM (SELECT author_id, post_id, created_at, 1 AS n FROM post_view_added
                    UNION ALL
                    SELECT author_id, post_id, created_at, -1 FROM post_view_removed) AS row
              GROUP BY author_id, post_id, created_at
              HAVING sum(n) <> 0) AS post
        GROUP BY author_id
    ), kept AS (
        INSERT INTO user_activity_author AS a (author_id, department_key, posts, first_post_id, last_post_id)
        SELECT author_id,
               (SELECT department_key(u.department) FROM user_view u WHERE u.user_id = change.author_id),
               posts, first_post_id, last_post_id
        FROM change
        ORDER BY author_id
        ON CONFLICT (author_id) DO UPDATE
            SET posts         = a.posts + excluded.posts,
                first_post_id = least(a.first_post_id, excluded.first_post_id),
                last_post_id  = greatest(a.last_post_id, excluded.last_post_id)
        RETURNING author_id, posts
    ), author AS (
        SELECT sum(posts_now) > 0 AS writes, sum(posts_now) > sum(posts) AS wrote
        FROM (SELECT author_id, posts, 0 AS posts_now FROM change
              UNION ALL
              SELECT author_id, 0, posts FROM kept) AS part
        GROUP BY author_id
    )
    INSERT INTO user_activity_share AS s (share, authors)
    SELECT counter_share(), sum(writes::integer - wrote::integer) FROM author
    HAVING sum(writes::integer - wrote::integer) <> 0
    ON CONFLICT (share) DO UPDATE SET authors = s.authors + excluded.authors;

    -- Extremes cannot be subtracted; the index post_view_author has them.
    IF TG_OP <> 'INSERT' THEN
        UPDATE user_activity_author a
        SET first_post_id = (SELECT min(p.post_id) FROM post_view p WHERE p.author_id = a.author_id),
            last_post_id  = (SELECT max(p.post_id) FROM post_view p WHERE p.author_id = a.author_id)
        WHERE a.author_id IN (
            SELECT author_id
            FROM (SELECT author_id, post_id, 1 AS n FROM post_view_added
                  UNION ALL
                  SELECT author_id, post_id, -1 FROM post_view_removed) AS row
            GROUP BY author_id, post_id
            HAVING sum(n) < 0);
    END IF;
    RETURN NULL;
END
$$;

CALL derive('user_activity', 'user_view');
CALL derive('user_activity', 'post_view');

CREATE PROCEDURE user_activity_fill()
BEGIN ATOMIC
    DELETE FROM user_activity_author;
    DELETE FROM user_activity_share;
    INSERT INTO user_activity_author (author_id, department_key, posts, first_post_id, last_post_id)
    SELECT a.author_id, CASE WHEN u.user_id IS NOT NULL THEN department_key(u.department) END,
           a.posts, a.first_post_id, a.last_post_id
    FROM (SELECT author_id, count(*) AS posts, min(post_id) AS first_post_id, max(post_id) AS last_post_id
          FROM post_view
          GROUP BY author_id) AS a
    LEFT JOIN user_view u ON u.user_id = a.author_id
    ORDER BY a.author_id;
    INSERT INTO user_activity_share (share, authors) SELECT counter_share(), count(*) FROM user_activity_author;
END;

CALL user_activity_fill();
