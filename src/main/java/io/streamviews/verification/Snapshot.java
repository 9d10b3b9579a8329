package io.streamviews.verification;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/**
 * Transactions that see the database as it was when they began, and change nothing. PostgreSQL knows them by name, so that
 * whoever replaces a process that is frozen can end them; and ends them itself when nothing is said in them for long.
 */
final class Snapshot {

    private static final String APPLICATION = "streamviews verification";

    /** What a frozen process has been looking at: its snapshots would hold up who wants to drop their tables. */
    static final String END_ALL =
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND usename = current_user AND application_name = '%s'
            """
                    .formatted(APPLICATION);

    /** How long any JDBC connection waits for an answer; see {@code application.properties}. */
    private static final Duration USUAL_WAIT = Duration.ofSeconds(30);

    private Snapshot() {}

    /** @param timeout for one statement, and between two */
    static void begin(Connection connection, Duration timeout) throws SQLException {
        await(connection, timeout.plus(USUAL_WAIT));
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
            statement.execute("SET LOCAL statement_timeout = " + timeout.toMillis());
            statement.execute("SET LOCAL idle_in_transaction_session_timeout = " + timeout.toMillis());
            statement.execute("SET LOCAL application_name = '" + APPLICATION + "'");
        }
    }

    /** Which schema bears a name. A snapshot does not keep it from being given to another one. */
    static long generation(Connection connection, String schema) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT '%s'::regnamespace::oid".formatted(schema))) {
            rows.next();
            return rows.getLong(1);
        }
    }

    /** Nothing is done if none has begun: a verification may fail before. */
    static void end(Connection connection) throws SQLException {
        if (!connection.getAutoCommit()) {
            connection.rollback();
            connection.setAutoCommit(true);
            await(connection, USUAL_WAIT);
        }
    }

    private static void await(Connection connection, Duration answer) throws SQLException {
        connection.setNetworkTimeout(Runnable::run, Math.toIntExact(answer.toMillis()));
    }
}
