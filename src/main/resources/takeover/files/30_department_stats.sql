-- What the view says, in full: for filling, rebuilding and verifying it.
CREATE VIEW department_stats_definition AS
SELECT department,
       count(*)                                   AS user_count,
       count(*) FILTER (WHERE status = 'ACTIVE')  AS active_users,
       count(*) FILTER (WHERE status <> 'ACTIVE') AS inactive_users
FROM user_view
GROUP BY department;

-- One row for each department and share (see counter_share).
CREATE TABLE department_stats_share (
    share          integer     NOT NULL,
    department     text,
    user_count     bigint      NOT NULL,
    active_users   bigint      NOT NULL,
    inactive_users bigint      NOT NULL,
    last_updated   timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);

-- "No department" is a group, too.
CREATE UNIQUE INDEX department_stats_share_key
    ON department_stats_share (share, coalesce(department, ''), (department IS NULL));

CREATE VIEW department_stats AS
SELECT department,
       sum(user_count)::bigint     AS user_count,
       sum(active_users)::bigint   AS active_users,
       sum(inactive_users)::bigint AS inactive_users,
       max(last_updated)           AS last_updated
FROM department_stats_share
GROUP BY department
HAVING sum(user_count) <> 0;

-- Applies the difference that a statement made in user_view.
CREATE FUNCTION department_stats_apply() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = ''
AS $$
BEGIN
    PERFORM set_config('search_path', quote_ident(TG_TABLE_SCHEMA), true);
    INSERT INTO department_stats_share AS s (share, department, user_count, active_users, inactive_users)
    SELECT counter_share(), department, sum(n), sum(n * active), sum(n * (1 - active))
    FROM (SELECT department, (status = 'ACTIVE')::integer AS active, 1 AS n FROM user_view_added
          UNION ALL
          SELECT department, (status = 'ACTIVE')::integer, -1 FROM user_view_removed) AS change
    GROUP BY department
    HAVING sum(n) <> 0 OR sum(n * active) <> 0
    ON CONFLICT (share, coalesce(department, ''), (department IS NULL)) DO UPDATE
        SET user_count     = s.user_count + excluded.user_count,
            active_users   = s.active_users + excluded.active_users,
            inactive_users = s.inactive_users + excluded.inactive_users,
            last_updated   = excluded.last_updated;
    RETURN NULL;
END
$$;

CALL derive('department_stats', 'user_view');

-- Fills the view from what is there. Writers of user_view must be held back meanwhile: here the new triggers do that until
-- this file has been run, so what is there is counted once.
CREATE PROCEDURE department_stats_fill()
BEGIN ATOMIC
    DELETE FROM department_stats_share;
    INSERT INTO department_stats_share (share, department, user_count, active_users, inactive_users)
    SELECT counter_share(), department, user_count, active_users, inactive_users FROM department_stats_definition;
END;

CALL department_stats_fill();
