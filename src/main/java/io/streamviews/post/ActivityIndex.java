package io.streamviews.post;

import io.streamviews.rest.Sort;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The indexes that {@code user_activity} is listed by. A page reads its rows from one of them and no others: the order
 * begins with the department where one is asked for, which no other index has.
 */
enum ActivityIndex {
    ID(Users.ALL, List.of("user_id")),
    POSTS(Users.AUTHORS, List.of("-posts", "author_id")),
    LAST_POST(Users.AUTHORS, List.of("last_post_id"));

    /** The users of the page first, by index alone; then what the view says of them. */
    private static final String PAGE =
            """
            JOIN (SELECT %1$s AS user_id, row_number() OVER (ORDER BY %2$s) AS place
                  FROM views.%3$s
                  WHERE %4$s AND (%5$s) %6$s (%7$s)%8$s
                  ORDER BY %2$s
                  LIMIT %9$d) AS page USING (user_id)
            ORDER BY place
            """;

    private final Users users;
    private final List<String> keys;

    ActivityIndex(Users users, List<String> keys) {
        this.users = users;
        this.keys = keys;
    }

    /**
     * Whom an index has.
     *
     * @param id the column of their ids
     * @param condition of the rows that the index has
     * @param department the column that an index with departments begins with
     * @param departmentValue what it is for a department that is a parameter
     */
    private record Users(String table, String id, String condition, String department, String departmentValue) {

        static final Users ALL = new Users("user_view", "user_id", "true", "department", "$%d");

        /** Those who have posts and are in {@code user_view}. */
        static final Users AUTHORS = new Users(
                "user_activity_author",
                "author_id",
                "department_key IS NOT NULL AND posts > 0",
                "department_key",
                "views.department_key($%d)");
    }

    /**
     * What follows {@code FROM views.user_activity}.
     *
     * @param inDepartment whether a last parameter names one; those before it are the index's keys to go on after
     */
    String page(Sort order, boolean inDepartment, int limit) {
        String columns = String.join(", ", keys);
        String values =
                IntStream.rangeClosed(1, keys.size()).mapToObj(i -> "$" + i).collect(Collectors.joining(", "));
        String direction =
                keys.stream().map(key -> key + " " + order.direction()).collect(Collectors.joining(", "));
        String within = "";
        if (inDepartment) {
            String value = users.departmentValue().formatted(keys.size() + 1);
            columns = users.department() + ", " + columns;
            values = value + ", " + values;
            direction = users.department() + " " + order.direction() + ", " + direction;
            within = " AND %s %s %s".formatted(users.department(), order.descending() ? ">=" : "<=", value);
        }
        return PAGE.formatted(
                users.id(),
                direction,
                users.table(),
                users.condition(),
                columns,
                order.following(),
                values,
                within,
                limit);
    }
}
