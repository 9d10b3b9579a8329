package io.streamviews.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.streamviews.EmbeddedServersResource;
import io.streamviews.projection.DeadNetwork;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.migration.BaseJavaMigration;
import org.flywaydb.core.api.migration.Context;
import org.flywaydb.core.api.output.MigrateResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A migration takes as long as PostgreSQL is at work on it, and no longer. */
class LostMigrationTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String URL =
            EmbeddedServersResource.servers().getConfiguration().get("quarkus.datasource.jdbc.url");

    private DeadNetwork network;
    private Connection direct;

    @BeforeEach
    void open() throws Exception {
        network = new DeadNetwork(EmbeddedServersResource.servers().getDatabasePort());
        direct = DriverManager.getConnection(URL, "postgres", null);
    }

    @AfterEach
    void close() throws Exception {
        network.close(); // and the lost session with it, which has locks
        execute("DROP SCHEMA IF EXISTS lost_migration CASCADE");
        direct.close();
    }

    @Test
    void oneWhoseConnectionIsLostEnds() {
        CompletableFuture<MigrateResult> migration = migrate(2);
        await().atMost(PATIENCE).until(this::isAsleep);
        network.die();
        network.revive();

        await().atMost(PATIENCE).until(migration::isCompletedExceptionally);
    }

    @Test
    void oneThatTakesLongIsLeftInPeace() {
        CompletableFuture<MigrateResult> migration = migrate(8);

        await().atMost(PATIENCE).until(migration::isDone);
        assertThat(migration.join().migrationsExecuted).isEqualTo(1);
    }

    private CompletableFuture<MigrateResult> migrate(int seconds) {
        String url = URL.replaceFirst(":\\d+/", ":" + network.port() + "/");
        // as application.properties has it, in small: Flyway's other connection is lost, too
        String bounded = url + (url.contains("?") ? "&" : "?") + "socketTimeout=10";
        return CompletableFuture.supplyAsync(() -> Flyway.configure()
                .dataSource(bounded, "postgres", null)
                .callbacks(new LongMigrations(Duration.ofMillis(500), Duration.ofSeconds(3)))
                .schemas("lost_migration")
                .locations(new String[0])
                .javaMigrations(new V1__Sleep(seconds))
                .load()
                .migrate());
    }

    private boolean isAsleep() throws SQLException {
        try (Statement statement = direct.createStatement();
                ResultSet row = statement.executeQuery("SELECT count(*) FROM pg_stat_activity"
                        + " WHERE state = 'active' AND query LIKE '%lost migration%' AND pid <> pg_backend_pid()")) {
            row.next();
            return row.getInt(1) > 0;
        }
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = direct.createStatement()) {
            statement.execute(sql);
        }
    }

    /** The name says the version. */
    public static final class V1__Sleep extends BaseJavaMigration {

        private final int seconds;

        V1__Sleep(int seconds) {
            this.seconds = seconds;
        }

        @Override
        public void migrate(Context context) throws Exception {
            try (Statement statement = context.getConnection().createStatement()) {
                statement.execute("SELECT pg_sleep(%d) /* lost migration */".formatted(seconds));
            }
        }
    }
}
