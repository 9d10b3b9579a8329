-- How many users each department has; "no department" is one, too.
CREATE VIEW department_stats AS
SELECT department,
       count(*)                                   AS user_count,
       count(*) FILTER (WHERE status = 'ACTIVE')  AS active_users,
       count(*) FILTER (WHERE status <> 'ACTIVE') AS inactive_users
FROM user_view
GROUP BY department;

CALL keep('department_stats', changed_at => 'last_updated');
