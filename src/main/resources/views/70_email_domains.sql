-- How many users each e-mail domain has.
CREATE VIEW email_domains AS
SELECT lower(split_part(email, '@', 2)) AS domain, count(*) AS user_count
FROM user_view
GROUP BY 1;

CALL keep('email_domains');
