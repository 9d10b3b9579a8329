package io.streamviews.post;

import io.streamviews.rest.Sort;

/**
 * Users without posts, by id. Looks only into blocks of ids of which {@code user_activity_idle} says that there are any: up
 * to 512 users for each one that is found, however few there are among however many.
 */
final class IdleUsers {

    /** A block's users as an array: those of the next block are not looked for until the page needs them. */
    private static final String PAGE =
            """
            JOIN (SELECT unnest(ARRAY(
                             SELECT u.user_id
                             FROM views.user_view u
                             WHERE u.user_id BETWEEN b.block << 9 AND (b.block << 9) + 511 AND u.user_id %2$s $1%3$s
                               AND NOT EXISTS (
                                   SELECT FROM views.user_activity_author a
                                   WHERE a.author_id BETWEEN b.block << 9 AND (b.block << 9) + 511
                                     AND a.author_id = u.user_id AND a.posts > 0)
                             ORDER BY u.user_id %1$s)) AS user_id
                  FROM (SELECT block
                        FROM views.user_activity_idle_share
                        WHERE block %2$s= $1::bigint >> 9
                        GROUP BY block
                        HAVING sum(users) > 0) AS b
                  ORDER BY b.block %1$s
                  LIMIT %4$d) AS page USING (user_id)
            ORDER BY user_id %1$s
            """;

    private IdleUsers() {}

    /** What follows {@code FROM views.user_activity}; the parameters are the id to go on after and the department. */
    static String page(Sort order, boolean inDepartment, int limit) {
        return PAGE.formatted(
                order.direction(), order.following(), inDepartment ? " AND u.department = $2" : "", limit);
    }
}
