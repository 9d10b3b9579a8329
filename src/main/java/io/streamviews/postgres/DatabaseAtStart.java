package io.streamviews.postgres;

import io.quarkus.flyway.FlywayConfigurationCustomizer;
import io.quarkus.runtime.PreventFurtherStepsException;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.sql.DataSource;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.jboss.logging.Logger;
import org.postgresql.Driver;

/**
 * Looks whether there is a database to work with, before anything is done in it: waits for a server that is just starting,
 * and ends the application with one message if it cannot be used, which says which it is and what to do. An instance that is
 * to migrate for another role does that, and ends, too.
 */
@Singleton
class DatabaseAtStart implements FlywayConfigurationCustomizer {

    private static final Logger LOG = Logger.getLogger(DatabaseAtStart.class);
    private static final String RIGHTS = "db/rights";
    private static final long PAUSE_MS = 500;
    private static final Set<String> TRANSIENT = Set.of("08", "53", "57");

    /** The driver's own: for example, that there is no password to answer with. */
    private static final String REJECTED = "08004";

    private final DatabaseTls tls;
    private final String database;
    private final String server;
    private final String user;
    private final boolean schemas;
    private final String migrations;
    private final Optional<String> migratesFor;
    private final Duration timeout;
    private RolePrivileges rights;

    /**
     * @param migrations the folder with those of the tables in {@code public}
     * @param schemas whether the views are made here, each generation of them in a schema of its own
     * @param migratesFor the role that the application runs as, if this instance only migrates, as the owner
     */
    DatabaseAtStart(
            DatabaseTls tls,
            @ConfigProperty(name = "quarkus.datasource.jdbc.url") String url,
            @ConfigProperty(name = "quarkus.datasource.username") Optional<String> user,
            @ConfigProperty(name = "streamviews.views.enabled") boolean schemas,
            @ConfigProperty(name = "streamviews.database.migrations") String migrations,
            @ConfigProperty(name = "streamviews.database.migrate-for") Optional<String> migratesFor,
            @ConfigProperty(name = "streamviews.database.start-timeout", defaultValue = "30s") Duration timeout) {
        this.tls = tls;
        Properties parts = Driver.parseURL(url, null);
        if (parts == null) {
            throw new IllegalArgumentException("quarkus.datasource.jdbc.url is " + url);
        }
        this.database = parts.getProperty("PGDBNAME");
        this.server = parts.getProperty("PGHOST") + ":" + parts.getProperty("PGPORT");
        this.user = user.orElse("");
        this.migrations = migrations;
        this.schemas = schemas && migratesFor.isEmpty();
        this.migratesFor = migratesFor;
        this.timeout = timeout;
    }

    @Override
    public void customize(FluentConfiguration flyway) {
        tls.wrongSettings().ifPresent(wrong -> {
            throw cannotStart("%s", wrong);
        });
        MigrationFolder.in(flyway, migrations, RIGHTS);
        await(flyway.getDataSource());
        if (!rights.owner()) {
            List<String> missing = WriteModel.missing(flyway);
            if (!missing.isEmpty()) {
                throw notMigrated("This release's migrations %s have not been applied".formatted(missing));
            }
        }
        if (migratesFor.isPresent()) {
            int migrations = WriteModel.migrate(flyway, migratesFor.get());
            throw new PreventFurtherStepsException(
                    "The write model in database %s at %s is up to date for %s (%d migrations); this instance ends"
                            .formatted(database, server, migratesFor.get(), migrations),
                    0);
        }
    }

    private void await(DataSource source) {
        long deadline = System.nanoTime() + timeout.toNanos();
        String problem = "";
        boolean said = false;
        do {
            try {
                look(source, deadline - System.nanoTime());
                return;
            } catch (SQLException refused) {
                problem = reason(refused);
                failIfItStays(refused);
            } catch (TimeoutException silent) {
                problem = "no answer";
            }
            if (!said) {
                LOG.infof("Waiting for PostgreSQL at %s: %s", server, problem);
                said = true;
            }
            pause();
        } while (System.nanoTime() < deadline);
        throw cannotStart(
                "PostgreSQL at %s has not answered within %d s (database %s, user %s; the last was: %s). Start it, or set"
                        + " STREAMVIEWS_DATABASE_HOST and STREAMVIEWS_DATABASE_PORT",
                server, timeout.toSeconds(), database, user, problem);
    }

    /** On a thread of its own: the driver waits for an answer longer than we do. */
    private void look(DataSource source, long nanos) throws SQLException, TimeoutException {
        CompletableFuture<RolePrivileges> look = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        look.complete(required(source));
                    } catch (SQLException | RuntimeException failure) {
                        look.completeExceptionally(failure);
                    }
                },
                "database-at-start");
        thread.setDaemon(true);
        thread.start();
        try {
            rights = look.get(nanos, TimeUnit.NANOSECONDS);
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof SQLException refused) {
                throw refused;
            }
            throw (RuntimeException) failed.getCause();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private RolePrivileges required(DataSource source) throws SQLException {
        try (Connection connection = source.getConnection()) {
            RolePrivileges found = RolePrivileges.in(connection, migratesFor.orElse(user));
            require(found);
            return found;
        }
    }

    private void require(RolePrivileges found) {
        if (migratesFor.isPresent() && !found.knowsOther()) {
            throw cannotStart(
                    "there is no role %s at %s, for which the write model is to be migrated. Let a superuser run"
                            + " docker/postgres/grants.sql",
                    migratesFor.get(), server);
        }
        if (!found.owner() && (migratesFor.isPresent() || !found.reads())) {
            throw notMigrated(
                    migratesFor.isPresent() ? "Only its owner can migrate it" : "Its owner has granted nothing there");
        }
        if (schemas && found.foreign() != null) {
            throw cannotStart(
                    "schema %s in database %s at %s does not belong to user %s. Let a superuser run"
                            + " docker/postgres/grants.sql, which hands the views over",
                    found.foreign(), database, server, user);
        }
        String missing = (!schemas || found.schemas()
                        ? ""
                        : "; GRANT CREATE ON DATABASE %s TO %s".formatted(quoted(database), quoted(user)))
                + (found.tables() || !found.owner() ? "" : "; GRANT CREATE ON SCHEMA public TO " + quoted(user));
        if (!missing.isEmpty()) {
            throw cannotStart(
                    "user %s may not create what the application needs in database %s at %s. Let its owner say: %s%s",
                    user,
                    database,
                    server,
                    missing.substring(2),
                    found.tables() || !found.owner() ? "" : "; or first " + migration());
        }
    }

    /** The write model is another role's, and that one has to act. */
    private PreventFurtherStepsException notMigrated(String why) {
        return cannotStart(
                "the write model in database %s at %s is not user %s's. %s; first %s",
                database, server, user, why, migration());
    }

    private String migration() {
        return "start this release as the owner (QUARKUS_DATASOURCE_USERNAME) with STREAMVIEWS_DATABASE_MIGRATE_FOR="
                + migratesFor.orElse(user);
    }

    /** What passes by itself is that nobody answers, or a server that starts, stops or is full (PostgreSQL, Appendix A). */
    private void failIfItStays(SQLException refused) {
        if (tls.isReasonFor(refused)) {
            throw cannotStart(
                    "PostgreSQL at %s is not trusted: %s. streamviews.database.ca-file names the CA of its certificate, which"
                            + " must be for the host that streamviews.database.host names",
                    server, reason(refused));
        }
        String state = refused.getSQLState() == null ? "08" : refused.getSQLState();
        if (state.equals("3D000")) {
            throw cannotStart(
                    "there is no database %1$s at %2$s. Let an administrator say: CREATE DATABASE %1$s OWNER %3$s; or set"
                            + " STREAMVIEWS_DATABASE_NAME",
                    quoted(database), server, quoted(user));
        }
        if (state.startsWith("28") || state.equals(REJECTED)) {
            throw cannotStart(
                    "database %s at %s does not let user %s in: %s. Set QUARKUS_DATASOURCE_USERNAME and"
                            + " QUARKUS_DATASOURCE_PASSWORD%s",
                    database,
                    server,
                    user,
                    reason(refused),
                    tls.isOn() ? "" : ", or STREAMVIEWS_DATABASE_TLS and STREAMVIEWS_DATABASE_CA_FILE if it wants TLS");
        }
        if (!TRANSIENT.contains(state.substring(0, 2))) {
            throw cannotStart("user %s cannot use database %s at %s: %s", user, database, server, reason(refused));
        }
    }

    private static String reason(SQLException refused) {
        return refused.getMessage().replaceAll("\\.$", "");
    }

    /** An identifier as SQL has it. */
    private static String quoted(String name) {
        return name.matches("[a-z_][a-z0-9_]*") ? name : '"' + name.replace("\"", "\"\"") + '"';
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static PreventFurtherStepsException cannotStart(String why, Object... parts) {
        return new PreventFurtherStepsException("Cannot start: " + why.formatted(parts), 1);
    }
}
