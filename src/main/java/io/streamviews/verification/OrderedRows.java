package io.streamviews.verification;

import io.streamviews.source.BaseView;
import io.streamviews.source.Column;
import io.streamviews.source.Identifiers;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** A base view's rows in the order of their keys, fetched a thousand at a time however many there are. */
final class OrderedRows implements AutoCloseable {

    private static final int FETCH = 1_000;
    private static final int BEFORE_KEY = 4;

    private static final String ROWS =
            """
            SELECT (%3$s)::text, (to_jsonb(v) - 'last_processed_at'%4$s)::text, source_offset, version, %5$s
            FROM %1$s.%2$s v ORDER BY %6$s
            """;

    private static final String WITHOUT_PLACE = " - 'source_offset'";

    /** An order that Java knows, too; that of other keys is the primary key's index's. */
    private static final String TEXT_ORDER = " COLLATE \"C\"";

    private final List<Column> key;
    private final Statement statement;
    private final ResultSet rows;
    private boolean there;

    /**
     * @param connection in a transaction: else all rows would be fetched at once
     * @param withPlace whether a row's place is part of its content
     */
    OrderedRows(Connection connection, String schema, BaseView view, boolean withPlace) throws SQLException {
        key = view.key();
        statement = connection.createStatement();
        statement.setFetchSize(FETCH);
        rows = statement.executeQuery(ROWS.formatted(
                schema,
                Identifiers.quoted(view.table()),
                inJson(),
                withPlace ? "" : WITHOUT_PLACE,
                key.stream().map(column -> "v." + column.sql()).collect(Collectors.joining(", ")),
                key.stream()
                        .map(column -> "v." + column.sql() + (column.type().isText() ? TEXT_ORDER : ""))
                        .collect(Collectors.joining(", "))));
        there = rows.next();
    }

    private String inJson() {
        return key.size() == 1
                ? "to_jsonb(v.%s)".formatted(key.get(0).sql())
                : key.stream()
                        .map(column -> "v." + column.sql())
                        .collect(Collectors.joining(", ", "jsonb_build_array(", ")"));
    }

    /** Whether it stands at a row. */
    boolean isThere() {
        return there;
    }

    void next() throws SQLException {
        there = rows.next();
    }

    /** The key in JSON. */
    String key() throws SQLException {
        return rows.getString(1);
    }

    /** The row in JSON. */
    String content() throws SQLException {
        return rows.getString(2);
    }

    long sourceOffset() throws SQLException {
        return rows.getLong(3);
    }

    long version() throws SQLException {
        return rows.getLong(4);
    }

    /** Less than 0 if this one's row comes first, 0 if both have the same key. */
    int compareTo(OrderedRows other) throws SQLException {
        if (!there || !other.there) {
            return there ? -1 : other.there ? 1 : 0;
        }
        int order = 0;
        for (int i = 0; i < key.size() && order == 0; i++) {
            order = compare(key.get(i), BEFORE_KEY + 1 + i, other);
        }
        return order;
    }

    private int compare(Column column, int at, OrderedRows other) throws SQLException {
        return switch (column.type().sql()) {
            case "bigint", "integer", "smallint" -> Long.compare(rows.getLong(at), other.rows.getLong(at));
            case "numeric" -> number(at).compareTo(other.number(at));
            case "double precision", "real" -> Double.compare(rows.getDouble(at), other.rows.getDouble(at));
            // dates and times are of years with four digits
            default -> Arrays.compareUnsigned(bytes(at), other.bytes(at));
        };
    }

    private BigDecimal number(int at) throws SQLException {
        return rows.getBigDecimal(at);
    }

    private byte[] bytes(int at) throws SQLException {
        return rows.getString(at).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws SQLException {
        statement.close();
    }
}
