package io.streamviews.postgres;

import io.quarkus.flyway.FlywayConfigurationCustomizer;
import io.quarkus.runtime.PreventFurtherStepsException;
import jakarta.inject.Singleton;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.sql.DataSource;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.jboss.logging.Logger;

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
    private final DatabaseAddress at;
    private final RequiredRights required;
    private final String migrations;
    private final Duration timeout;
    private RolePrivileges rights;

    /** @param migrations the folder with those of the tables in {@code public} */
    DatabaseAtStart(
            DatabaseTls tls,
            DatabaseAddress at,
            RequiredRights required,
            @ConfigProperty(name = "streamviews.database.migrations") String migrations,
            @ConfigProperty(name = "streamviews.database.start-timeout", defaultValue = "30s") Duration timeout) {
        this.tls = tls;
        this.at = at;
        this.required = required;
        this.migrations = migrations;
        this.timeout = timeout;
    }

    @Override
    public void customize(FluentConfiguration flyway) {
        tls.wrongSettings().ifPresent(wrong -> {
            throw CannotStart.because("%s", wrong);
        });
        WriteModel.migrations(flyway, migrations, RIGHTS);
        await(flyway.getDataSource());
        if (!rights.owner()) {
            List<String> missing = WriteModel.missing(flyway);
            if (!missing.isEmpty()) {
                throw required.notMigrated("This release's migrations %s have not been applied".formatted(missing));
            }
        }
        if (required.migratesFor().isPresent()) {
            String role = required.migratesFor().get();
            int migrations = WriteModel.migrate(flyway, role);
            throw new PreventFurtherStepsException(
                    "The write model in database %s at %s is up to date for %s (%d migrations); this instance ends"
                            .formatted(at.database(), at.server(), role, migrations),
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
                LOG.infof("Waiting for PostgreSQL at %s: %s", at.server(), problem);
                said = true;
            }
            pause();
        } while (System.nanoTime() < deadline);
        throw CannotStart.because(
                "PostgreSQL at %s has not answered within %d s (database %s, user %s; the last was: %s). Start it, or set"
                        + " STREAMVIEWS_DATABASE_HOST and STREAMVIEWS_DATABASE_PORT",
                at.server(), timeout.toSeconds(), at.database(), at.user(), problem);
    }

    /** On a thread of its own: the driver waits for an answer longer than we do. */
    private void look(DataSource source, long nanos) throws SQLException, TimeoutException {
        FutureTask<RolePrivileges> look = new FutureTask<>(() -> required.in(source));
        Thread thread = new Thread(look, "database-at-start");
        thread.setDaemon(true);
        thread.start();
        try {
            rights = look.get(nanos, TimeUnit.NANOSECONDS);
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof SQLException refused) {
                throw refused;
            }
            throw failed.getCause() instanceof RuntimeException why
                    ? why
                    : new IllegalStateException(failed.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** What passes by itself is that nobody answers, or a server that starts, stops or is full (PostgreSQL, Appendix A). */
    private void failIfItStays(SQLException refused) {
        if (tls.isReasonFor(refused)) {
            throw CannotStart.because(
                    "PostgreSQL at %s is not trusted: %s. streamviews.database.ca-file names the CA of its certificate, which"
                            + " must be for the host that streamviews.database.host names",
                    at.server(), reason(refused));
        }
        String state = refused.getSQLState() == null ? "08" : refused.getSQLState();
        if (state.equals("3D000")) {
            throw CannotStart.because(
                    "there is no database %1$s at %2$s. Let an administrator say: CREATE DATABASE %1$s OWNER %3$s; or set"
                            + " STREAMVIEWS_DATABASE_NAME",
                    DatabaseAddress.quoted(at.database()), at.server(), DatabaseAddress.quoted(at.user()));
        }
        if (state.startsWith("28") || state.equals(REJECTED)) {
            throw CannotStart.because(
                    "database %s at %s does not let user %s in: %s. Set QUARKUS_DATASOURCE_USERNAME and"
                            + " QUARKUS_DATASOURCE_PASSWORD%s",
                    at.database(),
                    at.server(),
                    at.user(),
                    reason(refused),
                    tls.isOn() ? "" : ", or STREAMVIEWS_DATABASE_TLS and STREAMVIEWS_DATABASE_CA_FILE if it wants TLS");
        }
        if (!TRANSIENT.contains(state.substring(0, 2))) {
            throw CannotStart.because(
                    "user %s cannot use database %s at %s: %s", at.user(), at.database(), at.server(), reason(refused));
        }
    }

    private static String reason(SQLException refused) {
        return refused.getMessage().replaceAll("\\.$", "");
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
