package io.streamviews.bench;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Compares the views with what they must be. */
public final class ViewCheck {

    private static final String DERIVED_VIEWS =
            """
            SELECT v.name, string_agg(quote_ident(c.column_name), ', ' ORDER BY c.ordinal_position)
            FROM %1$s.derived_view v
            JOIN information_schema.columns c
              ON c.table_schema = '%1$s' AND c.table_name = v.name || '_definition'
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
    private static final String USERS = "SELECT user_id, concat_ws(' ', version, status, department) FROM %s.user_view";
    private static final int FETCH_ROWS = 10_000;

    /** The schema of the live generation. */
    static final String LIVE = "views";

    private ViewCheck() {}

    /** Rows that are not as the write model, or a derived view's definition, says. */
    public static long errors(Connection connection) throws SQLException {
        return number(connection, USER_ERRORS) + number(connection, POST_ERRORS) + derivedErrors(connection, LIVE);
    }

    /** Rows of derived views that are not as their definitions say. */
    static long derivedErrors(Connection connection, String schema) throws SQLException {
        long errors = 0;
        try (Statement statement = connection.createStatement();
                ResultSet views = statement.executeQuery(DERIVED_VIEWS.formatted(schema))) {
            while (views.next()) {
                String view = schema + "." + views.getString(1);
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
    static boolean isFoldOf(UserEvents events, Connection connection, String schema) throws SQLException {
        String[] fold = new String[events.created() + 1];
        events.forEach(event -> fold[(int) event.userId()] = event.version() + " "
                + event.user().status() + " " + event.user().department());
        if (derivedErrors(connection, schema) != 0) {
            return false;
        }
        int right = 0;
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.setFetchSize(FETCH_ROWS);
            try (ResultSet rows = statement.executeQuery(USERS.formatted(schema))) {
                while (rows.next()) {
                    long id = rows.getLong(1);
                    if (id >= fold.length || !rows.getString(2).equals(fold[(int) id])) {
                        return false;
                    }
                    right++;
                }
            }
        } finally {
            connection.setAutoCommit(true);
        }
        return right == events.created();
    }
}
