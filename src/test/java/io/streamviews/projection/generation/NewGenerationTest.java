package io.streamviews.projection.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.streamviews.EmbeddedServersResource;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Nobody finds a generation of views half made. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class NewGenerationTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String TABLES =
            "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = to_regnamespace('views_half')"
                    + " AND relname IN ('projection_position', 'user_view')";
    private static final String WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";

    @Inject
    Views views;

    private Connection connection;

    /** Each trigger that is made waits until the lock is free. */
    @BeforeEach
    void holdUpHalfWay() throws SQLException {
        connection = DriverManager.getConnection(
                "jdbc:postgresql://localhost:%d/materialized_view_db"
                        .formatted(EmbeddedServersResource.servers().getDatabasePort()),
                "postgres",
                "");
        execute(
                """
                CREATE FUNCTION public.hold_up() RETURNS event_trigger LANGUAGE plpgsql AS
                    'BEGIN PERFORM pg_advisory_xact_lock(4711); END';
                CREATE EVENT TRIGGER hold_up ON ddl_command_end WHEN TAG IN ('CREATE TRIGGER')
                    EXECUTE FUNCTION public.hold_up();
                SELECT pg_advisory_lock(4711);
                """);
    }

    @AfterEach
    void cleanUp() throws SQLException {
        execute(
                """
                DROP EVENT TRIGGER hold_up;
                DROP FUNCTION public.hold_up();
                DROP SCHEMA IF EXISTS views_half CASCADE;
                """);
        connection.close();
    }

    @Test
    void itsTablesAreSeenTogether() throws Exception {
        CompletableFuture<Void> made = CompletableFuture.runAsync(() -> views.make("views_half"));
        await().atMost(PATIENCE).until(() -> number(WAITING) == 1);

        assertThat(number(TABLES)).isZero();

        execute("SELECT pg_advisory_unlock(4711)");
        made.join();
        assertThat(number(TABLES)).isEqualTo(2);
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private long number(String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getLong(1);
        }
    }
}
