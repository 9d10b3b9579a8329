package io.streamviews.projection;

import io.streamviews.source.BaseView;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** The projection's own upsert on a plain JDBC connection, each batch a transaction. */
final class PlainUpsert implements AutoCloseable {

    private final Connection connection;
    private final PreparedStatement statement;
    private final List<String> types = new ArrayList<>();

    PlainUpsert(String jdbcUrl, String user, String schema, BaseView view) throws SQLException {
        view.key().forEach(column -> types.add(column.type().carrier()));
        view.columns().forEach(column -> types.add(column.type().carrier()));
        types.addAll(List.of("bigint", "bigint", "text"));
        connection = DriverManager.getConnection(jdbcUrl, user, "");
        statement =
                connection.prepareStatement(TableSql.of(schema, view).upsert().replaceAll("\\$\\d+", "?"));
    }

    /** @param parameters those of {@link TableBatch#upsertParameters()} */
    void execute(List<Object> parameters) throws SQLException {
        for (int i = 0; i < parameters.size(); i++) {
            statement.setArray(i + 1, connection.createArrayOf(types.get(i), (Object[]) parameters.get(i)));
        }
        statement.executeUpdate();
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
