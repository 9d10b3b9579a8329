-- By hand: to count different authors, keep would read a day's posts anew with each batch that has one of them.
-- What the view says, in full. Days are days of UTC, lengths are in characters.
CREATE VIEW post_stats_definition AS
SELECT (created_at AT TIME ZONE 'UTC')::date               AS day,
       count(*)                                            AS posts,
       count(DISTINCT author_id)                           AS authors,
       sum(length(content))::bigint                        AS characters,
       round(sum(length(content))::numeric / count(*), 2)  AS mean_length
FROM post_view
GROUP BY 1;

-- How much each author wrote on a day. An author's posts are all in one partition, so no two tasks change the same row. A
-- row whose posts are all gone stays with zero.
CREATE TABLE post_stats_author (
    author_id bigint NOT NULL,
    day       date   NOT NULL,
    posts     bigint NOT NULL,
    PRIMARY KEY (author_id, day)
) WITH (fillfactor = 90);

-- One row for each day and share (see counter_share).
CREATE TABLE post_stats_share (
    day          date        NOT NULL,
    share        integer     NOT NULL,
    posts        bigint      NOT NULL,
    authors      bigint      NOT NULL,
    characters   bigint      NOT NULL,
    last_updated timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (day, share)
) WITH (fillfactor = 50);

CREATE VIEW post_stats AS
SELECT day,
       sum(posts)::bigint                              AS posts,
       sum(authors)::bigint                            AS authors,
       sum(characters)::bigint                         AS characters,
       round(sum(characters)::numeric / sum(posts), 2) AS mean_length,
       max(last_updated)                               AS last_updated
FROM post_stats_share
GROUP BY day
HAVING sum(posts) <> 0;

-- Applies the difference that a statement made in post_view. An author counts for a day from the first post to the last.
CREATE FUNCTION post_stats_apply() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = ''
AS $$
BEGIN
    PERFORM set_config('search_path', quote_ident(TG_TABLE_SCHEMA), true);
    WITH change AS (
        SELECT author_id, day, sum(n) AS posts, sum(n * characters) AS characters
        FROM (SELECT author_id, (created_at AT TIME ZONE 'UTC')::date AS day, length(content) AS characters, 1 AS n
              FROM post_view_added
              UNION ALL
              SELECT author_id, (created_at AT TIME ZONE 'UTC')::date, length(content), -1
              FROM post_view_removed) AS row
        GROUP BY author_id, day
        HAVING sum(n) <> 0 OR sum(n * characters) <> 0
    ), kept AS (
        INSERT INTO post_stats_author AS a (author_id, day, posts)
        SELECT author_id, day, posts FROM change WHERE posts <> 0 ORDER BY author_id, day
        ON CONFLICT (author_id, day) DO UPDATE SET posts = a.posts + excluded.posts
        RETURNING author_id, day, posts
    ), author AS (
        SELECT day, sum(posts) AS posts, sum(characters) AS characters, sum(posts_now) AS posts_now
        FROM (SELECT author_id, day, posts, characters, 0 AS posts_now FROM change
              UNION ALL
              SELECT author_id, day, 0, 0, posts FROM kept) AS part
        GROUP BY author_id, day
    )
    INSERT INTO post_stats_share AS s (day, share, posts, authors, characters)
    SELECT day, counter_share(), sum(posts), sum((posts_now > 0)::integer - (posts_now > posts)::integer), sum(characters)
    FROM author
    GROUP BY day
    ORDER BY day
    ON CONFLICT (day, share) DO UPDATE
        SET posts        = s.posts + excluded.posts,
            authors      = s.authors + excluded.authors,
            characters   = s.characters + excluded.characters,
            last_updated = excluded.last_updated;
    RETURN NULL;
END
$$;

CALL derive('post_stats', 'post_view');

CREATE PROCEDURE post_stats_fill()
BEGIN ATOMIC
    DELETE FROM post_stats_author;
    DELETE FROM post_stats_share;
    WITH author AS (
        SELECT author_id, (created_at AT TIME ZONE 'UTC')::date AS day, count(*) AS posts, sum(length(content)) AS characters
        FROM post_view
        GROUP BY 1, 2
    ), kept AS (
        INSERT INTO post_stats_author (author_id, day, posts)
        SELECT author_id, day, posts FROM author ORDER BY author_id, day
    )
    INSERT INTO post_stats_share (day, share, posts, authors, characters)
    SELECT day, counter_share(), sum(posts), count(*), sum(characters) FROM author GROUP BY day;
END;

CALL post_stats_fill();
