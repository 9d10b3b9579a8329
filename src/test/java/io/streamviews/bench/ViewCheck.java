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

    private static final String DERIVED_VIEWS =
            """
            SELECT v.name, string_agg(quote_ident(c.column_name), ', ' ORDER BY c.ordinal_position)
            FROM views.derived_view v
            JOIN information_schema.columns c
              ON c.table_schema = 'views' AND c.table_name = v.name || '_definition'
            GROUP BY v.name
            """;

    /** Counts the rows of one relation that are not in the other, and the other way round. */
    private static final String DIFFERENCE =
            """
            SELECT count(*) FROM ((SELECT %1$s FROM %2$s EXCEPT ALL SELECT %3$s FROM %4$s)
                                  UNION ALL
                                  (SELECT %3$s FROM %4$s EXCEPT ALL SELECT %1$s FROM %2$s)) AS error
            """;

    private static final String USER_ERRORS = DIFFERENCE.formatted(
            "user_id, name, email, department, status, version",
            "views.user_view",
            "id, name, email, department, status, version",
            "public.users");
    private static final String POST_ERRORS = DIFFERENCE.formatted(
            "post_id, title, content, author_id, version",
            "views.post_view",
            "id, title, content, author_id, version",
            "public.posts");
    private static final String USERS = "SELECT user_id, department, status, version FROM views.user_view";

    private ViewCheck() {}

    /** Rows that are not as the write model, or a derived view's definition, says. */
    static long errors(Connection connection) throws SQLException {
        return number(connection, USER_ERRORS) + number(connection, POST_ERRORS) + derivedErrors(connection);
    }

    /** Rows of derived views that are not as their definitions say. */
    static long derivedErrors(Connection connection) throws SQLException {
        long errors = 0;
        try (Statement statement = connection.createStatement();
                ResultSet views = statement.executeQuery(DERIVED_VIEWS)) {
            while (views.next()) {
                String view = "views." + views.getString(1);
                String columns = views.getString(2);
                errors += number(connection, DIFFERENCE.formatted(columns, view, columns, view + "_definition"));
            }
        }
        return errors;
    }

    private static long number(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            rows.next();
            return rows.getLong(1);
        }
    }

    /** Whether the base view is the fold of the events, and each derived view what its definition says. */
    static boolean isFoldOf(UserEvents events, Connection connection) throws SQLException {
        Map<Long, UserEvent> fold = new HashMap<>();
        events.forEach(event -> fold.put(event.userId(), event));
        if (derivedErrors(connection) != 0) {
            return false;
        }
        try (Statement statement = connection.createStatement()) {
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
