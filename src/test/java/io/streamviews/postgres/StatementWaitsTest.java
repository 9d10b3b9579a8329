package io.streamviews.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.agroal.api.AgroalDataSource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.streamviews.EmbeddedServersResource;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.pgclient.PgException;
import jakarta.inject.Inject;
import java.net.SocketTimeoutException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.flywaydb.core.api.migration.BaseJavaMigration;
import org.flywaydb.core.api.migration.Context;
import org.junit.jupiter.api.Test;

/** Statements have to be answered in time, but for migrations. */
@QuarkusTest
@TestProfile(StatementWaitsTest.Seconds.class)
@QuarkusTestResource(EmbeddedServersResource.class)
class StatementWaitsTest {

    @Inject
    AgroalDataSource database;

    @Inject
    Flyway atStart;

    @Inject
    Pool pool;

    @Test
    void aStatementThatTakesTooLongIsEndedByPostgresql() {
        assertThatThrownBy(() -> pool.query("SELECT pg_sleep(20)").executeAndAwait())
                .isInstanceOfSatisfying(PgException.class, refused -> assertThat(refused.getSqlState())
                        .isEqualTo("57014"));
    }

    @Test
    void aWaitForALockIsEndedByPostgresqlInHalfTheTime() throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT pg_advisory_lock(31, 41)");

            assertThatThrownBy(
                            () -> pool.query("SELECT pg_advisory_lock(31, 41)").executeAndAwait())
                    .isInstanceOfSatisfying(PgException.class, refused -> assertThat(refused.getSqlState())
                            .isEqualTo("55P03"));
        }
    }

    @Test
    void aStatementThatIsNotAnsweredEnds() throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.execute("SELECT pg_sleep(20)"))
                    .hasRootCauseInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void aMigrationMayTakeLonger() throws SQLException {
        FluentConfiguration configuration = Flyway.configure()
                .dataSource(database)
                .callbacks(atStart.getConfiguration().getCallbacks())
                .schemas("long_migration")
                .locations(new String[0])
                .javaMigrations(new V1__Long());
        try {
            assertThat(configuration.load().migrate().migrationsExecuted).isEqualTo(1);
        } finally {
            try (Connection connection = database.getConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute("DROP SCHEMA IF EXISTS long_migration CASCADE");
            }
        }
    }

    /** The name says the version. */
    public static final class V1__Long extends BaseJavaMigration {

        @Override
        public void migrate(Context context) throws Exception {
            try (Statement statement = context.getConnection().createStatement()) {
                statement.execute("SELECT pg_sleep(3)");
            }
        }
    }

    public static class Seconds implements QuarkusTestProfile {

        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "streamviews.database.statement-timeout", "2s",
                    "quarkus.datasource.jdbc.additional-jdbc-properties.socketTimeout", "1");
        }
    }
}
