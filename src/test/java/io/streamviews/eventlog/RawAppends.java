package io.streamviews.eventlog;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.ZoneOffset;
import java.util.List;
import java.util.function.Function;

/** The event log's own statement for many events, on a plain JDBC connection. */
public final class RawAppends {

    private RawAppends() {}

    public static PreparedStatement prepare(Connection connection) throws SQLException {
        return connection.prepareStatement(EventLog.APPEND_ALL.replaceAll("\\$\\d+", "?"));
    }

    public static void append(PreparedStatement statement, List<Event> events) throws SQLException {
        set(statement, 1, "text", events, event -> event.aggregate().type());
        set(statement, 2, "bigint", events, event -> event.aggregate().id());
        set(statement, 3, "bigint", events, Event::version);
        set(statement, 4, "text", events, Event::type);
        set(statement, 5, "text", events, Event::key);
        set(statement, 6, "text", events, Event::payload);
        set(statement, 7, "timestamptz", events, event -> event.occurredAt().atOffset(ZoneOffset.UTC));
        set(statement, 8, "text", events, Event::traceparent);
        statement.executeUpdate();
    }

    /** Has a parameter be the values of a column. */
    public static <T> void set(PreparedStatement statement, int index, String type, List<T> rows, Function<T, ?> value)
            throws SQLException {
        statement.setArray(
                index,
                statement
                        .getConnection()
                        .createArrayOf(type, rows.stream().map(value).toArray()));
    }
}
