-- By hand: it says who is not in another view.
-- Users without posts, as a list needs to find them without looking at everybody: how many there are among each 512 user ids
-- that follow one another. What the view says, in full.
CREATE VIEW user_activity_idle_definition AS
SELECT user_id >> 9 AS block, count(*) AS users
FROM user_view u
WHERE NOT EXISTS (SELECT FROM post_view p WHERE p.author_id = u.user_id)
GROUP BY 1;

-- All users of a block, less those of them who have posts; by share (see counter_share). A table of the users without posts
-- would cost each new user a row and an index entry, some 3 µs; this costs less than a tenth of that.
CREATE TABLE user_activity_idle_share (
    block bigint  NOT NULL,
    share integer NOT NULL,
    users integer NOT NULL,
    PRIMARY KEY (block, share)
) WITH (fillfactor = 50);

CREATE VIEW user_activity_idle AS
SELECT block, sum(users) AS users
FROM user_activity_idle_share
GROUP BY block
HAVING sum(users) <> 0;

-- As source does for a base view.
CREATE VIEW user_activity_author_added AS SELECT * FROM user_activity_author WHERE false;
CREATE VIEW user_activity_author_removed AS SELECT * FROM user_activity_author WHERE false;

-- Applies the difference that a statement made in user_view, or in what user_activity keeps of the authors.
CREATE FUNCTION user_activity_idle_apply() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = ''
AS $$
BEGIN
    PERFORM set_config('search_path', quote_ident(TG_TABLE_SCHEMA), true);
    INSERT INTO user_activity_idle_share AS s (block, share, users)
    SELECT id >> 9, counter_share(), sum(n)
    FROM (SELECT user_id AS id, 1 AS n FROM user_view_added
          UNION ALL
          SELECT user_id, -1 FROM user_view_removed
          UNION ALL
          SELECT author_id, -1 FROM user_activity_author_added WHERE posts > 0 AND department_key IS NOT NULL
          UNION ALL
          SELECT author_id, 1 FROM user_activity_author_removed WHERE posts > 0 AND department_key IS NOT NULL) AS change
    GROUP BY 1
    HAVING sum(n) <> 0
    ORDER BY 1
    ON CONFLICT (block, share) DO UPDATE SET users = s.users + excluded.users;
    RETURN NULL;
END
$$;

CALL derive('user_activity_idle', 'user_view');
CALL derive('user_activity_idle', 'user_activity_author');

CREATE PROCEDURE user_activity_idle_fill()
BEGIN ATOMIC
    DELETE FROM user_activity_idle_share;
    INSERT INTO user_activity_idle_share (block, share, users)
    SELECT block, counter_share(), users FROM user_activity_idle_definition;
END;

CALL user_activity_idle_fill();
