package io.streamviews.postgres;

import io.quarkus.runtime.PreventFurtherStepsException;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import javax.sql.DataSource;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** What the role of the settings must be allowed; what it is not ends the application, and the message says what to do. */
@Singleton
class RequiredRights {

    private final DatabaseAddress at;
    private final boolean schemas;
    private final Optional<String> migratesFor;

    /**
     * @param schemas whether the views are made here, each generation of them in a schema of its own
     * @param migratesFor the role that the application runs as, if this instance only migrates, as the owner
     */
    RequiredRights(
            DatabaseAddress at,
            @ConfigProperty(name = "streamviews.views.enabled") boolean schemas,
            @ConfigProperty(name = "streamviews.database.migrate-for") Optional<String> migratesFor) {
        this.at = at;
        this.schemas = schemas && migratesFor.isEmpty();
        this.migratesFor = migratesFor;
    }

    Optional<String> migratesFor() {
        return migratesFor;
    }

    /** Of the role in the database, if they are enough. */
    RolePrivileges in(DataSource source) throws SQLException {
        try (Connection connection = source.getConnection()) {
            RolePrivileges found = RolePrivileges.in(connection, migratesFor.orElse(at.user()));
            require(found);
            return found;
        }
    }

    private void require(RolePrivileges found) {
        if (migratesFor.isPresent() && !found.knowsOther()) {
            throw CannotStart.because(
                    "there is no role %s at %s, for which the write model is to be migrated. Let a superuser run"
                            + " docker/postgres/grants.sql",
                    migratesFor.get(), at.server());
        }
        if (!found.owner() && (migratesFor.isPresent() || !found.reads())) {
            throw notMigrated(
                    migratesFor.isPresent() ? "Only its owner can migrate it" : "Its owner has granted nothing there");
        }
        if (schemas && found.foreign() != null) {
            throw CannotStart.because(
                    "schema %s in database %s at %s does not belong to user %s. Let a superuser run"
                            + " docker/postgres/grants.sql, which hands the views over",
                    found.foreign(), at.database(), at.server(), at.user());
        }
        String missing = (!schemas || found.schemas()
                        ? ""
                        : "; GRANT CREATE ON DATABASE %s TO %s"
                                .formatted(DatabaseAddress.quoted(at.database()), DatabaseAddress.quoted(at.user())))
                + (found.tables() || !found.owner()
                        ? ""
                        : "; GRANT CREATE ON SCHEMA public TO " + DatabaseAddress.quoted(at.user()));
        if (!missing.isEmpty()) {
            throw CannotStart.because(
                    "user %s may not create what the application needs in database %s at %s. Let its owner say: %s%s",
                    at.user(),
                    at.database(),
                    at.server(),
                    missing.substring(2),
                    found.tables() || !found.owner() ? "" : "; or first " + migration());
        }
    }

    /** The write model is another role's, and that one has to act. */
    PreventFurtherStepsException notMigrated(String why) {
        return CannotStart.because(
                "the write model in database %s at %s is not user %s's. %s; first %s",
                at.database(), at.server(), at.user(), why, migration());
    }

    private String migration() {
        return "start this release as the owner (QUARKUS_DATASOURCE_USERNAME) with STREAMVIEWS_DATABASE_MIGRATE_FOR="
                + migratesFor.orElse(at.user());
    }
}
