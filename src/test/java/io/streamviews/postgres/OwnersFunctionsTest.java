package io.streamviews.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamviews.EmbeddedServersResource;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What functions do with their owner's rights not everybody may have done, also where one role has made everything. */
class OwnersFunctionsTest {

    private static final String FOR_EVERYBODY =
            """
            SELECT oid::regprocedure::text FROM pg_proc
             WHERE pronamespace = 'public'::regnamespace AND prosecdef AND prorettype <> 'trigger'::regtype
               AND has_function_privilege('public', oid, 'EXECUTE')
            """;

    @ParameterizedTest
    @ValueSource(strings = {"db/migration", "db/projection"})
    void noneIsForEverybody(String migrations) throws SQLException {
        String servers = EmbeddedServersResource.servers().getConfiguration().get("quarkus.datasource.jdbc.url");
        String name = "owners_functions_" + System.nanoTime();
        String url = servers.substring(0, servers.lastIndexOf('/') + 1) + name;
        try (Connection main = DriverManager.getConnection(servers, "postgres", null);
                Statement administration = main.createStatement()) {
            administration.execute("CREATE DATABASE " + name);
            Flyway.configure()
                    .dataSource(url, "postgres", null)
                    .locations(migrations)
                    .load()
                    .migrate();

            assertThat(forEverybody(url)).isEmpty();

            administration.execute("DROP DATABASE " + name);
        }
    }

    private static List<String> forEverybody(String url) throws SQLException {
        List<String> functions = new ArrayList<>();
        try (Connection database = DriverManager.getConnection(url, "postgres", null);
                Statement statement = database.createStatement();
                ResultSet rows = statement.executeQuery(FOR_EVERYBODY)) {
            while (rows.next()) {
                functions.add(rows.getString(1));
            }
        }
        return functions;
    }
}
