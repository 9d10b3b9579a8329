package io.streamviews.verification;

import io.streamviews.verification.ViewResult.Difference;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Compares the derived views of a schema with their definitions, both ways, as often as each row occurs. A row that is
 * wrong is shown with the one that must stand in its place: the one of the same first column.
 */
final class DerivedViewComparison {

    private static final String NAMES = "SELECT name FROM %s.derived_view ORDER BY ordinal";

    private static final Set<String> OF_DATA = Set.of("21", "22", "42", "P0");

    private static final String COLUMNS =
            """
            SELECT quote_ident(a.attname), quote_ident('%2$s'), quote_ident('%2$s_definition')
            FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = '%1$s' AND c.relname = '%2$s_definition' AND a.attnum > 0 AND NOT a.attisdropped
            ORDER BY a.attnum
            """;

    private static final String COMPARE =
            """
            WITH live AS MATERIALIZED (SELECT %4$s FROM %1$s.%2$s),
            expected AS MATERIALIZED (SELECT %4$s FROM %1$s.%3$s),
            wrong AS (SELECT * FROM live EXCEPT ALL SELECT * FROM expected),
            missing AS (SELECT * FROM expected EXCEPT ALL SELECT * FROM live),
            w AS (SELECT coalesce(to_jsonb(%5$s), 'null') AS key, to_jsonb(wrong) AS content,
                         row_number() OVER (PARTITION BY %5$s) AS n FROM wrong),
            m AS (SELECT coalesce(to_jsonb(%5$s), 'null') AS key, to_jsonb(missing) AS content,
                         row_number() OVER (PARTITION BY %5$s) AS n FROM missing),
            difference AS (
                SELECT key, w.content AS live, m.content AS expected FROM w FULL JOIN m USING (key, n))
            SELECT (SELECT count(*) FROM live), (SELECT count(*) FROM difference), d.key, d.live, d.expected
            FROM (SELECT) AS always
            LEFT JOIN (SELECT * FROM difference ORDER BY key LIMIT %6$d) AS d ON true
            """;

    private DerivedViewComparison() {}

    /** @param connection in a transaction that sees one snapshot */
    static List<ViewResult> compare(Connection connection, String schema) throws SQLException {
        List<ViewResult> results = new ArrayList<>();
        for (String name : first(connection, NAMES.formatted(schema))) {
            results.add(compareOrSay(connection, schema, name));
        }
        return results;
    }

    /** What a definition says may have become impossible to tell, as by a division by zero. */
    private static ViewResult compareOrSay(Connection connection, String schema, String name) throws SQLException {
        Savepoint before = connection.setSavepoint();
        try {
            ViewResult result = compare(connection, schema, name);
            connection.releaseSavepoint(before);
            return result;
        } catch (SQLException failure) {
            if (failure.getSQLState() == null
                    || !OF_DATA.contains(failure.getSQLState().substring(0, 2))) {
                throw failure;
            }
            connection.rollback(before);
            return ViewResult.failed(name, failure.getMessage());
        }
    }

    private static ViewResult compare(Connection connection, String schema, String name) throws SQLException {
        List<String> columns = new ArrayList<>();
        String live = null;
        String definition = null;
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(COLUMNS.formatted(schema, name.replace("'", "''")))) {
            while (rows.next()) {
                columns.add(rows.getString(1));
                live = rows.getString(2);
                definition = rows.getString(3);
            }
        }
        if (columns.isEmpty()) {
            throw new IllegalStateException("Derived view %s has no %s_definition".formatted(name, name));
        }
        String sql = COMPARE.formatted(
                schema,
                live,
                definition,
                columns.stream().collect(Collectors.joining(", ")),
                columns.get(0),
                ViewResult.MOST_SHOWN);
        List<Difference> differences = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            long count = 0;
            long differing = 0;
            while (rows.next()) {
                count = rows.getLong(1);
                differing = rows.getLong(2);
                if (differing > 0) {
                    differences.add(new Difference(rows.getString(3), rows.getString(4), rows.getString(5)));
                }
            }
            return new ViewResult(name, count, differing, differences, 0);
        }
    }

    private static List<String> first(Connection connection, String query) throws SQLException {
        List<String> values = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                values.add(rows.getString(1));
            }
        }
        return values;
    }
}
