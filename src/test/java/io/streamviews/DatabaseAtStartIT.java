package io.streamviews;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamviews.PackagedProcess.Ended;
import io.streamviews.dev.EmbeddedServersMXBean;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import org.assertj.core.api.AbstractStringAssert;
import org.junit.jupiter.api.Test;

/** A database that the application cannot use is one message, which says what to do. */
class DatabaseAtStartIT {

    private static final EmbeddedServersMXBean SERVERS = EmbeddedServersResource.servers();
    private static final String SERVER = "localhost:" + SERVERS.getDatabasePort();

    @Test
    void thatDoesNotExist() {
        assertThatItEnds("missing", Map.of("streamviews.database.name", "no_such_database"))
                .contains("no database no_such_database at " + SERVER)
                .contains("CREATE DATABASE no_such_database OWNER streamviews");
    }

    @Test
    void thatRefusesThePassword() throws Exception {
        query("CREATE ROLE with_password LOGIN PASSWORD 'right'");
        try (PasswordsAsked asked = PasswordsAsked.of("with_password")) {
            Map<String, String> settings = Map.of("quarkus.datasource.username", "with_password");

            assertThatItEnds("no-password", settings)
                    .contains("database materialized_view_db at " + SERVER + " does not let user with_password in")
                    .contains("QUARKUS_DATASOURCE_PASSWORD");

            Map<String, String> wrong = new HashMap<>(settings);
            wrong.put("quarkus.datasource.password", "wrong");
            assertThatItEnds("wrong-password", wrong)
                    .contains("password authentication failed for user \"with_password\"")
                    .contains("QUARKUS_DATASOURCE_PASSWORD")
                    .doesNotContain("wrong\n");
        } finally {
            query("DROP ROLE with_password");
        }
    }

    @Test
    void thatALaterReleaseHasMigrated() throws SQLException {
        query("CREATE DATABASE of_a_later_release");
        Map<String, String> settings = Map.of(
                "quarkus.profile", "user",
                "streamviews.relay.enabled", "false",
                "streamviews.database.name", "of_a_later_release",
                "quarkus.datasource.username", "postgres");
        PackagedProcess.start("migrates", settings).close();
        Roles.execute(
                "of_a_later_release",
                "postgres",
                "INSERT INTO public.flyway_schema_history SELECT installed_rank + 1, '999', 'later', 'SQL', 'V999__later.sql', 0,"
                        + " 'postgres', now(), 0, true FROM public.flyway_schema_history ORDER BY installed_rank DESC LIMIT 1");

        try (PackagedProcess again = PackagedProcess.start("after-a-later-release", settings)) {
            assertThat(again.get("/q/health/live").statusCode()).isEqualTo(200);
        } finally {
            query("DROP DATABASE of_a_later_release WITH (FORCE)");
        }
    }

    @Test
    void thatIsNotThere() throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }

        assertThatItEnds("absent", Map.of("streamviews.database.port", Integer.toString(port)))
                .contains("localhost:" + port + " has not answered within 2 s")
                .contains("refused")
                .contains("STREAMVIEWS_DATABASE_HOST");
    }

    @Test
    void thatDoesNotAnswer() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(silent.getLocalPort());

            assertThatItEnds("silent", Map.of("streamviews.database.port", port))
                    .contains("localhost:" + port + " has not answered within 2 s");
        }
    }

    @Test
    void inWhichNothingMayBeCreated() throws SQLException {
        query("CREATE ROLE without_rights LOGIN");
        query("CREATE DATABASE without_rights");
        // as it is from PostgreSQL 15 on
        Roles.execute("without_rights", "postgres", "REVOKE CREATE ON SCHEMA public FROM PUBLIC");
        try {
            assertThatItEnds(
                            "rights",
                            Map.of(
                                    "streamviews.database.name",
                                    "without_rights",
                                    "quarkus.datasource.username",
                                    "without_rights"))
                    .contains("GRANT CREATE ON DATABASE without_rights TO without_rights")
                    .contains("GRANT CREATE ON SCHEMA public TO without_rights");
        } finally {
            query("DROP DATABASE without_rights");
            query("DROP ROLE without_rights");
        }
    }

    private static AbstractStringAssert<?> assertThatItEnds(String name, Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(settings);
        all.put("streamviews.database.start-timeout", "2s");
        Ended ended = PackagedProcess.failsToStart("database-" + name, all);
        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.output()).doesNotContain("\tat ").doesNotContain("Exception");
        assertThat(ended.output().lines().filter(line -> line.contains("Cannot start: ")))
                .hasSize(1);
        return assertThat(ended.output());
    }

    private static String query(String sql) throws SQLException {
        Map<String, String> servers = SERVERS.getConfiguration();
        try (Connection connection = DriverManager.getConnection(
                        servers.get("quarkus.datasource.jdbc.url"), servers.get("quarkus.datasource.username"), "");
                Statement statement = connection.createStatement()) {
            if (!statement.execute(sql)) {
                return null;
            }
            try (ResultSet rows = statement.getResultSet()) {
                rows.next();
                return rows.getString(1);
            }
        }
    }

    /** While it is open, PostgreSQL asks a role for its password; it trusts all others, as ever. */
    private record PasswordsAsked(Path file, String trusting) implements AutoCloseable {

        static PasswordsAsked of(String role) throws IOException, SQLException {
            Path file = Path.of(query("SHOW hba_file"));
            String trusting = Files.readString(file);
            Files.writeString(file, "host all " + role + " all scram-sha-256\n" + trusting);
            query("SELECT pg_reload_conf()");
            return new PasswordsAsked(file, trusting);
        }

        @Override
        public void close() throws IOException, SQLException {
            Files.writeString(file, trusting);
            query("SELECT pg_reload_conf()");
        }
    }
}
