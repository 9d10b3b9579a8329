package io.streamviews;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamviews.PackagedProcess.Ended;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.AbstractStringAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two roles by {@code docker/postgres/grants.sql}: the owner migrates, the other one works, and may not do more than that. */
class RuntimeRoleIT {

    private static final AtomicInteger COUNT = new AtomicInteger();

    private final String name =
            "two_roles_%d_%d".formatted(ProcessHandle.current().pid(), COUNT.incrementAndGet());
    private final String one = name + "_one";

    @BeforeEach
    void createDatabase() {
        superuser("postgres", "CREATE ROLE %s LOGIN".formatted(one));
        superuser("postgres", "CREATE DATABASE %s OWNER %s".formatted(name, one));
    }

    @AfterEach
    void dropDatabase() {
        superuser("postgres", "DROP DATABASE %s WITH (FORCE)".formatted(name));
        superuser("postgres", "DROP ROLE " + one);
    }

    @Test
    void theOwnerMigratesAndEndsAndTheOtherOneDoesAllTheRest() {
        Roles.grant(name, Roles.OWNER, Roles.RUNTIME);
        assertThatItIsToBeMigratedFirst(Roles.RUNTIME);

        migrate();

        everythingWorks();
    }

    @Test
    void whatOneRoleHasMadeIsHandedOver() {
        try (PackagedProcess alone = start(one)) {
            alone.awaitReady();
            alone.send("POST", "/api/posts", "{\"title\":\"t\",\"content\":\"c\",\"authorId\":1}");
        }
        Roles.grant(name, Roles.OWNER, Roles.RUNTIME);
        assertThatItIsToBeMigratedFirst(Roles.RUNTIME);

        migrate();

        everythingWorks();
        assertThat(ownedBy(one)).isZero();
    }

    @Test
    void theRoleThatHasDoneEverythingCanBecomeTheOtherOne() {
        try (PackagedProcess alone = start(one)) {
            alone.awaitReady();
        }
        Roles.grant(name, Roles.OWNER, one);
        Roles.migrate(name, Roles.OWNER, one);

        assertThatThrownBy(() -> Roles.execute(name, one, "ALTER TABLE event_log DISABLE TRIGGER ALL"))
                .hasStackTraceContaining("must be owner");
        assertThatThrownBy(() -> Roles.execute(name, one, "DROP SCHEMA public CASCADE"))
                .hasStackTraceContaining("must be owner");
        try (PackagedProcess application = start(one)) {
            application.awaitReady();
        }
    }

    @Test
    void aReleaseThatTheOwnerHasNotMigratedToIsRefused() {
        Roles.grant(name, Roles.OWNER, Roles.RUNTIME);
        migrate();
        superuser(
                name,
                """
                DELETE FROM public.flyway_schema_history
                WHERE installed_rank = (SELECT max(installed_rank) FROM public.flyway_schema_history)
                """);

        assertThatItIsToBeMigratedFirst(Roles.RUNTIME).contains("This release's migrations [");
    }

    @Test
    void viewsOfAnotherRoleAreRefused() {
        Roles.grant(name, Roles.OWNER, Roles.RUNTIME);
        Roles.migrate(name, Roles.OWNER, Roles.RUNTIME);
        superuser(name, "CREATE SCHEMA views");

        assertThat(failsToStart(Map.of()))
                .contains("schema views in database " + name)
                .contains("docker/postgres/grants.sql");
    }

    private void everythingWorks() {
        try (PackagedProcess application = start(Roles.RUNTIME)) {
            application.awaitReady();
            new Everything(application, application, name + "-user-events").works();
        }
    }

    private void migrate() {
        Map<String, String> settings = settings(Roles.OWNER);
        settings.put("streamviews.database.migrate-for", Roles.RUNTIME);
        Ended ended = PackagedProcess.failsToStart(name + "-migrates", settings);
        assertThat(ended.exitCode()).as(ended.output()).isZero();
        assertThat(ended.output()).contains("up to date for " + Roles.RUNTIME).doesNotContain("ERROR", "Exception");
    }

    private AbstractStringAssert<?> assertThatItIsToBeMigratedFirst(String role) {
        return assertThat(failsToStart(settings(role))).contains("STREAMVIEWS_DATABASE_MIGRATE_FOR=" + role);
    }

    private String failsToStart(Map<String, String> further) {
        Map<String, String> settings = settings(Roles.RUNTIME);
        settings.putAll(further);
        Ended ended = PackagedProcess.failsToStart(name + "-fails", settings);
        assertThat(ended.exitCode()).as(ended.output()).isEqualTo(1);
        assertThat(ended.output()).doesNotContain("\tat ", "Exception");
        assertThat(ended.output().lines().filter(line -> line.contains("Cannot start: ")))
                .hasSize(1);
        return ended.output();
    }

    private PackagedProcess start(String role) {
        return PackagedProcess.start(name, settings(role));
    }

    private Map<String, String> settings(String role) {
        Map<String, String> settings = new HashMap<>();
        settings.put("streamviews.database.name", name);
        settings.put("quarkus.datasource.username", role);
        settings.put("streamviews.topics.user-events", name + "-user-events");
        settings.put("streamviews.topics.post-events", name + "-post-events");
        settings.put("quarkus.kafka-streams.application-id", name);
        return settings;
    }

    /** Objects of a role in the database. */
    private long ownedBy(String role) {
        try (Connection connection = Roles.connect(name, "postgres");
                Statement statement = connection.createStatement();
                var rows = statement.executeQuery(
                        """
                        SELECT count(*) FROM pg_shdepend
                        WHERE deptype = 'o' AND refobjid = '%s'::regrole
                          AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
                        """
                                .formatted(role))) {
            rows.next();
            return rows.getLong(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void superuser(String database, String sql) {
        Roles.execute(database, "postgres", sql);
    }
}
