-- Streams and tables of ksqlDB over our topics, and department_stats once more, as ksqlDB says it. Needs both topics: start the
-- application first.
--
--   ksql --file docker/ksqldb/department-stats.sql http://localhost:8088
--
-- Names between backticks are those of our events, to the letter. Times are texts there (ISO 8601, UTC).

SET 'auto.offset.reset' = 'earliest';

-- Everything that has happened to users, as far as the topic has it.
CREATE STREAM IF NOT EXISTS user_events (
    user_key VARCHAR KEY,
    `eventType` VARCHAR,
    `userId` BIGINT,
    `user` STRUCT<`id` BIGINT, `name` VARCHAR, `email` VARCHAR, `department` VARCHAR, `status` VARCHAR, `createdAt` VARCHAR, `updatedAt` VARCHAR>,
    `timestamp` VARCHAR,
    `version` BIGINT
) WITH (KAFKA_TOPIC = 'user-events', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'JSON');

-- ... and to posts, under the key of their authors.
CREATE STREAM IF NOT EXISTS post_events (
    author_key VARCHAR KEY,
    `eventType` VARCHAR,
    `postId` BIGINT,
    `post` STRUCT<`id` BIGINT, `title` VARCHAR, `content` VARCHAR, `authorId` BIGINT, `createdAt` VARCHAR, `updatedAt` VARCHAR>,
    `timestamp` VARCHAR,
    `version` BIGINT
) WITH (KAFKA_TOPIC = 'post-events', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'JSON');

-- Each user's last event. One that says USER_DELETED has no user in it.
CREATE TABLE IF NOT EXISTS last_user_event (
    user_key VARCHAR PRIMARY KEY,
    `eventType` VARCHAR,
    `userId` BIGINT,
    `user` STRUCT<`id` BIGINT, `name` VARCHAR, `email` VARCHAR, `department` VARCHAR, `status` VARCHAR, `createdAt` VARCHAR, `updatedAt` VARCHAR>,
    `timestamp` VARCHAR,
    `version` BIGINT
) WITH (KAFKA_TOPIC = 'user-events', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'JSON');

-- A user who moves, changes status or goes is subtracted where he was: the source is a table. ksqlDB leaves out rows whose
-- group is NULL, so '' stands for "no department" (no department of ours is blank).
CREATE TABLE IF NOT EXISTS department_stats
    WITH (KAFKA_TOPIC = 'ksql-department-stats', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'JSON') AS
SELECT COALESCE(`user`->`department`, '')                                     AS department,
       COUNT(*)                                                               AS user_count,
       SUM(CASE WHEN `user`->`status` = 'ACTIVE' THEN 1 ELSE 0 END)           AS active_users,
       SUM(CASE WHEN `user`->`status` <> 'ACTIVE' THEN 1 ELSE 0 END)          AS inactive_users
FROM last_user_event
WHERE `eventType` <> 'USER_DELETED'
GROUP BY COALESCE(`user`->`department`, '')
HAVING COUNT(*) > 0
EMIT CHANGES;

-- Then, in ksql:
--   SELECT * FROM department_stats WHERE department = '개발팀';
--   SELECT * FROM department_stats EMIT CHANGES;
