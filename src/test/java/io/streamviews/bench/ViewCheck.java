package io.streamviews.bench;

import io.streamviews.user.UserEvent;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;

/** Compares the views with what they must be. */
final class ViewCheck {

    /** Counts the rows of the derived view that are not what its definition says, and the other way round. */
    static final String DERIVED_ERRORS =
            """
            SELECT count(*) FROM (
              (SELECT department, user_count, active_users, inactive_users FROM views.department_stats
               EXCEPT SELECT * FROM views.department_stats_definition)
              UNION ALL
              (SELECT * FROM views.department_stats_definition
               EXCEPT SELECT department, user_count, active_users, inactive_users FROM views.department_stats)) AS error
            """;

    /** Counts the users that are not the same in the base view as in the write model. */
    static final String USER_ERRORS =
            """
            SELECT count(*) FROM (
              (SELECT id, name, email, department, status, version FROM public.users
               EXCEPT SELECT user_id, name, email, department, status, version FROM views.user_view)
              UNION ALL
              (SELECT user_id, name, email, department, status, version FROM views.user_view
               EXCEPT SELECT id, name, email, department, status, version FROM public.users)) AS error
            """;

    private static final String USERS = "SELECT user_id, department, status, version FROM views.user_view";

    private ViewCheck() {}

    /** Whether the base view is the fold of the events, and the derived view what its definition says. */
    static boolean isFoldOf(UserEvents events, Connection connection) throws SQLException {
        Map<Long, UserEvent> fold = new HashMap<>();
        events.forEach(event -> fold.put(event.userId(), event));
        try (Statement statement = connection.createStatement()) {
            try (ResultSet errors = statement.executeQuery(DERIVED_ERRORS)) {
                errors.next();
                if (errors.getLong(1) != 0) {
                    return false;
                }
            }
            try (ResultSet rows = statement.executeQuery(USERS)) {
                while (rows.next()) {
                    UserEvent event = fold.remove(rows.getLong(1));
                    if (event == null
                            || !event.user().department().equals(rows.getString(2))
                            || !event.user().status().name().equals(rows.getString(3))
                            || event.version() != rows.getLong(4)) {
                        return false;
                    }
                }
            }
            return fold.isEmpty();
        }
    }
}
