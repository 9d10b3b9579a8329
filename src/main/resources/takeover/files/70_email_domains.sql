-- What the view says, in full: for filling, rebuilding and verifying it.
CREATE VIEW email_domains_definition AS
SELECT lower(split_part(email, '@', 2)) AS domain, count(*) AS user_count
FROM user_view
GROUP BY 1;

-- Counters are kept per partition, so that tasks never wait for each other, and summed when they are read.
CREATE TABLE email_domains_share (
    share      integer NOT NULL,
    domain     text    NOT NULL,
    user_count bigint  NOT NULL,
    PRIMARY KEY (share, domain)
) WITH (fillfactor = 50);

CREATE VIEW email_domains AS
SELECT domain, sum(user_count)::bigint AS user_count
FROM email_domains_share
GROUP BY domain
HAVING sum(user_count) <> 0;

-- Applies the difference that a statement made in user_view.
CREATE FUNCTION email_domains_apply() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = ''
AS $$
BEGIN
    PERFORM set_config('search_path', quote_ident(TG_TABLE_SCHEMA), true);
    INSERT INTO email_domains_share AS s (share, domain, user_count)
    SELECT counter_share(), lower(split_part(email, '@', 2)), sum(n)
    FROM (SELECT email, 1 AS n FROM user_view_added
          UNION ALL
          SELECT email, -1 FROM user_view_removed) AS change
    GROUP BY 2
    HAVING sum(n) <> 0
    ON CONFLICT (share, domain) DO UPDATE SET user_count = s.user_count + excluded.user_count;
    RETURN NULL;
END
$$;

CALL derive('email_domains', 'user_view');

-- Counts the users who are there.
CREATE PROCEDURE email_domains_fill()
BEGIN ATOMIC
    DELETE FROM email_domains_share;
    INSERT INTO email_domains_share SELECT counter_share(), domain, user_count FROM email_domains_definition;
END;

CALL email_domains_fill();
