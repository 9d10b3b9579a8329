package io.streamviews.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * What the role that we connect as may do in the database.
 *
 * @param schemas whether it may make schemas
 * @param tables whether it may make tables in {@code public}
 * @param owner whether it owns the write model, or there is none yet
 * @param reads whether it may see how far the write model has been migrated
 * @param foreign a generation of views that belongs to another role, or null
 * @param knowsOther whether there is the other role that was asked for
 */
record RolePrivileges(
        boolean schemas, boolean tables, boolean owner, boolean reads, String foreign, boolean knowsOther) {

    private static final String QUERY =
            """
            WITH history AS (
                SELECT c.oid, relowner FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
                WHERE relname = 'flyway_schema_history' AND nspname = 'public')
            SELECT has_database_privilege(current_database(), 'CREATE'),
                   has_schema_privilege('public', 'CREATE'),
                   coalesce((SELECT pg_has_role(relowner, 'USAGE') FROM history), true),
                   coalesce((SELECT has_table_privilege(oid, 'SELECT') FROM history), true),
                   (SELECT min(nspname) FROM pg_namespace
                    WHERE nspname IN ('views', 'views_next', 'views_previous') AND NOT pg_has_role(nspowner, 'USAGE')),
                   EXISTS (SELECT FROM pg_roles WHERE rolname = ?)
            """;

    static RolePrivileges in(Connection connection, String other) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(QUERY)) {
            query.setString(1, other);
            try (ResultSet row = query.executeQuery()) {
                row.next();
                return new RolePrivileges(
                        row.getBoolean(1),
                        row.getBoolean(2),
                        row.getBoolean(3),
                        row.getBoolean(4),
                        row.getString(5),
                        row.getBoolean(6));
            }
        }
    }
}
