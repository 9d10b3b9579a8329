package io.streamviews.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;

/** The database comes from a dump into a new cluster, whose transactions have lower numbers: nothing has to be done. */
class RelayRestoreTest extends RelaysAndADatabase {

    private static final int TRANSACTIONS = 500;
    private static EmbeddedPostgres cluster;

    @BeforeAll
    static void startCluster() throws IOException {
        cluster = EmbeddedPostgres.builder()
                .setOutputRedirector(ProcessBuilder.Redirect.DISCARD)
                .setErrorRedirector(ProcessBuilder.Redirect.DISCARD)
                .setServerConfig("max_prepared_transactions", "1")
                .start();
    }

    @AfterAll
    static void stopCluster() throws IOException {
        cluster.close();
    }

    @Test
    void goesOnWhereTheDumpWasTaken() throws Exception {
        Relay former = start();
        for (int version = 1; version <= 3; version++) {
            append(database, version);
        }
        await().until(() -> versions().equals(List.of(1L, 2L, 3L)));
        former.stop().join();
        append(database, 4);
        append(database, 5);
        for (int i = 0; i < TRANSACTIONS; i++) {
            execute(database, "SELECT pg_current_xact_id()");
        }
        String restored = url("restored");
        Flyway.configure().dataSource(restored, "postgres", null).load().migrate();
        try (Connection copy = DriverManager.getConnection(restored, "postgres", null)) {
            restore(copy);
            assertThat(number(copy, "SELECT pg_current_xact_id()::text::bigint"))
                    .isLessThan(number(database, "SELECT pg_current_xact_id()::text::bigint"));

            start(create(CONFIG, restored));
            append(copy, 6);

            await().until(() -> versions().equals(List.of(1L, 2L, 3L, 4L, 5L, 6L)));
        }
    }

    @Test
    void aPreparedTransactionIsWaitedFor() throws Exception {
        String prepared = url("prepared");
        Flyway.configure().dataSource(prepared, "postgres", null).load().migrate();
        try (Connection connection = DriverManager.getConnection(prepared, "postgres", null)) {
            execute(connection, "BEGIN; " + appending("(VALUES (1))") + "; PREPARE TRANSACTION 'one'");
            append(connection, 2);
            start(create(CONFIG, prepared));
            await().during(Duration.ofMillis(300)).until(published::isEmpty);

            execute(connection, "COMMIT PREPARED 'one'");

            await().until(() -> versions().equals(List.of(1L, 2L)));
        }
    }

    /** As pg_dump and psql do it: the rows, and where the sequence is. */
    private void restore(Connection copy) throws SQLException, IOException {
        execute(copy, "DELETE FROM relay_cursor");
        for (String table : List.of("event_log", "relay_cursor")) {
            StringWriter rows = new StringWriter();
            copying(database).copyOut("COPY %s TO STDOUT".formatted(table), rows);
            copying(copy).copyIn("COPY %s FROM STDIN".formatted(table), new StringReader(rows.toString()));
        }
        execute(
                copy,
                "SELECT setval('event_log_id_seq', %d)"
                        .formatted(number(database, "SELECT last_value FROM event_log_id_seq")));
    }

    private static CopyManager copying(Connection connection) throws SQLException {
        return connection.unwrap(PGConnection.class).getCopyAPI();
    }

    private static String url(String database) throws SQLException {
        try (Connection main = cluster.getPostgresDatabase().getConnection()) {
            execute(main, "CREATE DATABASE " + database);
        }
        return "jdbc:postgresql://localhost:%d/%s".formatted(cluster.getPort(), database);
    }

    private static long number(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getLong(1);
        }
    }
}
