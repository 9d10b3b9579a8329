package io.streamviews.eventlog;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamviews.EmbeddedServersResource;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationVersion;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A database whose relay has gone by transactions so far: by ids it goes on before all that it has not published. */
class EventOrderMigrationTest {

    private static final String EVENT =
            """
            INSERT INTO event_log
                   (id, transaction_id, aggregate_type, aggregate_id, version, event_type, message_key, payload)
            OVERRIDING SYSTEM VALUE VALUES (%d, '%d', 'user', %d, 1, 'USER_CREATED', 'k', '{}')
            """;

    @ParameterizedTest
    @CsvSource({
        "0, 0, 0",
        "99, 2, 0", // event 2 was published, and 1 was not: its transaction is a later one
        "100, 1, 1",
        "100, 3, 3",
        "101, 4, 4"
    })
    void goesOnBeforeAllThatIsNotPublished(long transaction, long event, long position) throws SQLException {
        String servers = EmbeddedServersResource.servers().getConfiguration().get("quarkus.datasource.jdbc.url");
        String name = "event_order_" + System.nanoTime();
        String url = servers.substring(0, servers.lastIndexOf('/') + 1) + name;
        try (Connection main = DriverManager.getConnection(servers, "postgres", null)) {
            execute(main, "CREATE DATABASE " + name);
            migrate(url, MigrationVersion.fromVersion("5"));
            try (Connection database = DriverManager.getConnection(url, "postgres", null)) {
                execute(database, EVENT.formatted(1, 100, 1));
                execute(database, EVENT.formatted(2, 99, 2));
                execute(database, EVENT.formatted(3, 100, 3));
                execute(database, EVENT.formatted(4, 101, 4));
                execute(
                        database,
                        "UPDATE relay_cursor SET transaction_id = '%d', event_id = %d".formatted(transaction, event));

                migrate(url, MigrationVersion.LATEST);

                try (Statement statement = database.createStatement();
                        ResultSet row = statement.executeQuery("SELECT event_id FROM relay_cursor")) {
                    row.next();
                    assertThat(row.getLong(1)).isEqualTo(position);
                }
            }
            execute(main, "DROP DATABASE " + name);
        }
    }

    private static void migrate(String url, MigrationVersion target) {
        Flyway.configure()
                .dataSource(url, "postgres", null)
                .target(target)
                .load()
                .migrate();
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
