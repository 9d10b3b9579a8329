package io.streamviews.verification;

import io.streamviews.projection.BaseView;
import io.streamviews.projection.ColumnType;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;

/** A base view's rows in the order of their keys, fetched a thousand at a time however many there are. */
final class OrderedRows implements AutoCloseable {

    private static final int FETCH = 1_000;

    private static final String ROWS =
            """
            SELECT %3$s, to_jsonb(%3$s)::text, (to_jsonb(v) - 'last_processed_at'%5$s)::text, source_offset, (%3$s)::text
            FROM %1$s.%2$s v ORDER BY v.%3$s %4$s
            """;

    private static final String WITHOUT_PLACE = " - 'source_offset'";

    /** An order that Java knows, too; that of numbers and times is the primary key's index's. */
    private static final String TEXT_ORDER = "COLLATE \"C\"";

    private final ColumnType type;
    private final Statement statement;
    private final ResultSet rows;
    private boolean there;

    /**
     * @param connection in a transaction: else all rows would be fetched at once
     * @param withPlace whether a row's place is part of its content
     */
    OrderedRows(Connection connection, String schema, BaseView<?> view, boolean withPlace) throws SQLException {
        type = view.key().type();
        statement = connection.createStatement();
        statement.setFetchSize(FETCH);
        rows = statement.executeQuery(ROWS.formatted(
                schema,
                view.table(),
                view.key().name(),
                type == ColumnType.TEXT ? TEXT_ORDER : "",
                withPlace ? "" : WITHOUT_PLACE));
        there = rows.next();
    }

    /** Whether it stands at a row. */
    boolean isThere() {
        return there;
    }

    void next() throws SQLException {
        there = rows.next();
    }

    /** The key as text. */
    String keyText() throws SQLException {
        return rows.getString(5);
    }

    /** The key in JSON. */
    String key() throws SQLException {
        return rows.getString(2);
    }

    /** The row in JSON. */
    String content() throws SQLException {
        return rows.getString(3);
    }

    long sourceOffset() throws SQLException {
        return rows.getLong(4);
    }

    /** Less than 0 if this one's row comes first, 0 if both have the same key. */
    int compareTo(OrderedRows other) throws SQLException {
        if (!there || !other.there) {
            return there ? -1 : other.there ? 1 : 0;
        }
        return switch (type) {
            case BIGINT -> Long.compare(rows.getLong(1), other.rows.getLong(1));
            case TEXT -> Arrays.compareUnsigned(utf8(rows), utf8(other.rows));
            case TIMESTAMPTZ -> time(rows).compareTo(time(other.rows));
        };
    }

    private static byte[] utf8(ResultSet rows) throws SQLException {
        return rows.getString(1).getBytes(StandardCharsets.UTF_8);
    }

    private static Instant time(ResultSet rows) throws SQLException {
        return rows.getObject(1, OffsetDateTime.class).toInstant();
    }

    @Override
    public void close() throws SQLException {
        statement.close();
    }
}
