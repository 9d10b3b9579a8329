package io.streamviews.projection;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CompletableFuture;

/** A transaction of a test's own, to stand in the projection's way. */
public final class OpenTransaction implements AutoCloseable {

    private final Connection connection;
    private final String schema;

    private OpenTransaction(Connection connection, String schema) {
        this.connection = connection;
        this.schema = schema;
    }

    /** @param schema that {@code %s} stands for */
    public static OpenTransaction on(String url, String schema) throws SQLException {
        Connection connection = DriverManager.getConnection(url, "postgres", "");
        connection.setAutoCommit(false);
        return new OpenTransaction(connection, schema);
    }

    /** Runs statements; {@code %s} stands for the schema. */
    public void run(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql.replace("%s", schema));
        }
    }

    /** Runs statements in a thread of their own. */
    CompletableFuture<Void> start(String sql) {
        return CompletableFuture.runAsync(() -> {
            try {
                run(sql);
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    /** Lets go of all locks. */
    void rollback() throws SQLException {
        connection.rollback();
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
