-- By hand: what it says depends on the time, and posts move with their author, by day.
-- What the view says, in full. Posts count for the department where their author is now; those of the last 7 days are those
-- of today (UTC) and the six days before. Of equally active authors the one with the lowest number is named: that of the highest
-- array (posts, -author_id), since a maximum needs no sorting of all users.
CREATE VIEW department_performance_definition AS
WITH author AS (
    SELECT author_id,
           count(*)                                                                              AS posts,
           count(*) FILTER (WHERE created_at AT TIME ZONE 'UTC' >= (now() AT TIME ZONE 'UTC')::date - 6)  AS posts_7_days,
           count(*) FILTER (WHERE created_at AT TIME ZONE 'UTC' >= (now() AT TIME ZONE 'UTC')::date - 29) AS posts_30_days
    FROM post_view
    GROUP BY author_id
)
SELECT u.department,
       count(*)                                                AS members,
       count(*) FILTER (WHERE u.status = 'ACTIVE')             AS active_members,
       coalesce(sum(a.posts), 0)::bigint                       AS posts,
       round(coalesce(sum(a.posts), 0)::numeric / count(*), 2) AS posts_per_member,
       coalesce(sum(a.posts_7_days), 0)::bigint                AS posts_7_days,
       coalesce(sum(a.posts_30_days), 0)::bigint               AS posts_30_days,
       -(max(ARRAY[a.posts, -a.author_id]) FILTER (WHERE a.posts IS NOT NULL))[2] AS most_active_author_id,
       max(a.posts)                                            AS most_active_author_posts
FROM user_view u
LEFT JOIN author a ON a.author_id = u.user_id
GROUP BY u.department;

-- Posts of each department, day and share (see counter_share); those of day -infinity are those of all days.
CREATE TABLE department_performance_share (
    department_key text    NOT NULL,
    day            date    NOT NULL,
    share          integer NOT NULL,
    posts          bigint  NOT NULL,
    PRIMARY KEY (department_key, day, share)
) WITH (fillfactor = 50);

-- Members come from department_stats, the most active author from what user_activity keeps. Single values rather than
-- joins: PostgreSQL finds them for the rows that are returned, after sorting and limiting.
CREATE VIEW department_performance AS
SELECT department,
       user_count                             AS members,
       active_users                           AS active_members,
       posts,
       round(posts::numeric / user_count, 2)  AS posts_per_member,
       (SELECT coalesce(sum(s.posts), 0)::bigint
        FROM department_performance_share s
        WHERE s.department_key = d.department_key AND s.day >= (now() AT TIME ZONE 'UTC')::date - 6) AS posts_7_days,
       (SELECT coalesce(sum(s.posts), 0)::bigint
        FROM department_performance_share s
        WHERE s.department_key = d.department_key AND s.day >= (now() AT TIME ZONE 'UTC')::date - 29) AS posts_30_days,
       (SELECT a.author_id
        FROM user_activity_author a
        WHERE a.department_key = d.department_key AND a.posts > 0
        ORDER BY -a.posts, a.author_id
        LIMIT 1) AS most_active_author_id,
       (SELECT a.posts
        FROM user_activity_author a
        WHERE a.department_key = d.department_key AND a.posts > 0
        ORDER BY -a.posts, a.author_id
        LIMIT 1) AS most_active_author_posts
FROM (SELECT department, department_key(department) AS department_key, user_count, active_users,
             (SELECT coalesce(sum(s.posts), 0)::bigint
              FROM department_performance_share s
              WHERE s.department_key = department_key(department) AND s.day = '-infinity') AS posts
      FROM department_stats) AS d;

-- Applies the difference that a statement made in post_view, for authors who are in a department. user_activity, derived
-- before, knows where they are, and holds a lock that keeps them there.
CREATE FUNCTION department_performance_apply() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = ''
    SET enable_hashjoin = off
    SET enable_mergejoin = off
    SET enable_seqscan = off
    SET jit = off
AS $$
BEGIN
    PERFORM set_config('search_path', quote_ident(TG_TABLE_SCHEMA), true);
    INSERT INTO department_performance_share AS s (department_key, day, share, posts)
    SELECT a.department_key, coalesce(change.day, '-infinity'), counter_share(), sum(change.posts)
    FROM (SELECT author_id, (created_at AT TIME ZONE 'UTC')::date AS day, sum(n) AS posts
          FROM (SELECT author_id, created_at, 1 AS n FROM post_view_added
                UNION ALL
                SELECT author_id, created_at, -1 FROM post_view_removed) AS row
          GROUP BY 1, 2
          HAVING sum(n) <> 0) AS change
    JOIN user_activity_author a USING (author_id)
    WHERE a.department_key IS NOT NULL
    GROUP BY GROUPING SETS ((a.department_key, change.day), a.department_key)
    HAVING sum(change.posts) <> 0
    ORDER BY 1, 2
    ON CONFLICT (department_key, day, share) DO UPDATE SET posts = s.posts + excluded.posts;
    RETURN NULL;
END
$$;

CALL derive('department_performance', 'post_view');

-- An author has come, gone or moved, and takes all posts along: by day, so the work is bounded by the days, not the posts.
-- Fires where user_activity has noticed it, thus never for users without posts.
CREATE FUNCTION department_performance_move() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = ''
AS $$
BEGIN
    PERFORM set_config('search_path', quote_ident(TG_TABLE_SCHEMA), true);
    INSERT INTO department_performance_share AS s (department_key, day, share, posts)
    SELECT place.department_key, coalesce(a.day, '-infinity'), counter_share(), sum(place.n * a.posts)
    FROM post_stats_author a
    CROSS JOIN (VALUES (OLD.department_key, -1), (NEW.department_key, 1)) AS place(department_key, n)
    WHERE a.author_id = NEW.author_id AND a.posts <> 0 AND place.department_key IS NOT NULL
    GROUP BY GROUPING SETS ((place.department_key, a.day), place.department_key)
    ORDER BY 1, 2
    ON CONFLICT (department_key, day, share) DO UPDATE SET posts = s.posts + excluded.posts;
    RETURN NULL;
END
$$;

CREATE TRIGGER department_performance_move AFTER UPDATE OF department_key ON user_activity_author
    FOR EACH ROW WHEN (OLD.department_key IS DISTINCT FROM NEW.department_key)
    EXECUTE FUNCTION department_performance_move();
CALL refill_after_truncate('department_performance', 'user_view');

CREATE PROCEDURE department_performance_fill()
BEGIN ATOMIC
    DELETE FROM department_performance_share;
    INSERT INTO department_performance_share (department_key, day, share, posts)
    SELECT department_key(u.department), coalesce((p.created_at AT TIME ZONE 'UTC')::date, '-infinity'), counter_share(),
           count(*)
    FROM post_view p
    JOIN user_view u ON u.user_id = p.author_id
    GROUP BY GROUPING SETS ((department_key(u.department), (p.created_at AT TIME ZONE 'UTC')::date),
                            department_key(u.department));
END;

CALL department_performance_fill();
