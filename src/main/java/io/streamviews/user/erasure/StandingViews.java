package io.streamviews.user.erasure;

import io.agroal.api.AgroalDataSource;
import io.streamviews.projection.generation.Generations;
import io.streamviews.projection.generation.Views;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;

/**
 * The derived views that are suspended, of the live generation and the former one: they hold what they held, whatever has become
 * since then of the rows that they were made of. Blocks.
 */
@ApplicationScoped
class StandingViews {

    private static final String STANDING =
            """
            SELECT name, (j ->> 'suspended_at')::timestamptz AS since
            FROM %s.derived_view d, to_jsonb(d) AS j WHERE j ->> 'suspended_at' IS NOT NULL
            ORDER BY name
            """;

    private static final String IS_THERE = "SELECT to_regclass('%s.derived_view') IS NOT NULL";
    private static final String HAS_BEEN_DROPPED = "42P01";

    private final AgroalDataSource database;

    StandingViews(AgroalDataSource database) {
        this.database = database;
    }

    /** One of them, with its schema, and since when it is. */
    record StandingView(String schema, String name, Instant since) {}

    List<StandingView> find() throws SQLException {
        List<StandingView> found = new ArrayList<>();
        try (Connection connection = database.getConnection()) {
            for (String schema : List.of(Views.LIVE, Generations.PREVIOUS)) {
                if (isThere(connection, schema)) {
                    found.addAll(in(connection, schema));
                }
            }
        }
        return found;
    }

    private static boolean isThere(Connection connection, String schema) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(IS_THERE.formatted(schema))) {
            return rows.next() && rows.getBoolean(1);
        }
    }

    private static List<StandingView> in(Connection connection, String schema) throws SQLException {
        List<StandingView> found = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(STANDING.formatted(schema))) {
            while (rows.next()) {
                found.add(new StandingView(
                        schema,
                        rows.getString(1),
                        rows.getObject(2, OffsetDateTime.class).toInstant()));
            }
        } catch (SQLException e) {
            if (!HAS_BEEN_DROPPED.equals(e.getSQLState())) {
                throw e;
            }
        }
        return found;
    }
}
