package io.streamviews.eventlog;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamviews.Roles;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The database keeps the event log append-only, whatever the application is made to ask for. */
class AppendOnlyTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "UPDATE event_log SET version = 2",
                "DELETE FROM event_log",
                "TRUNCATE event_log",
                "ALTER TABLE event_log ADD mine text",
                "ALTER TABLE event_log DISABLE TRIGGER event_log_append_only",
                "ALTER TABLE event_log DISABLE TRIGGER ALL",
                "DROP TRIGGER event_log_append_only ON event_log",
                "CREATE TRIGGER mine BEFORE INSERT ON event_log EXECUTE FUNCTION event_log_floor()",
                "DROP TABLE event_log CASCADE",
                "ALTER FUNCTION event_log_is_append_only() RENAME TO mine",
                "CREATE OR REPLACE FUNCTION event_log_is_append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'",
                "CREATE TABLE public.mine (id integer)",
                "SELECT setval('event_log_id_seq', 1)",
                "SET session_replication_role = replica",
                "SET ROLE " + Roles.OWNER,
                "UPDATE audit SET who = 'nobody'",
                "DELETE FROM audit",
                "DELETE FROM relay_cursor",
                "UPDATE flyway_schema_history SET success = false"
            })
    void theApplicationMayNot(String statement) throws SQLException {
        try (Connection connection = Roles.connect("materialized_view_db", Roles.RUNTIME);
                Statement session = connection.createStatement()) {
            assertThatThrownBy(() -> session.execute(statement))
                    .hasMessageMatching("(?s).*(permission denied|must be owner).*");
        }
    }
}
