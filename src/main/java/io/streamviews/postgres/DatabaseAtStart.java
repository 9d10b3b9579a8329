package io.streamviews.postgres;

import io.quarkus.flyway.FlywayConfigurationCustomizer;
import io.quarkus.runtime.PreventFurtherStepsException;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
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
 * and ends the application with one message if it cannot be used, which says which it is and what to do.
 */
@Singleton
class DatabaseAtStart implements FlywayConfigurationCustomizer {

    private static final Logger LOG = Logger.getLogger(DatabaseAtStart.class);
    private static final long PAUSE_MS = 500;
    private static final Set<String> TRANSIENT = Set.of("08", "53", "57");

    /** The driver's own: for example, that there is no password to answer with. */
    private static final String REJECTED = "08004";

    private static final String RIGHTS =
            """
            SELECT has_database_privilege(current_database(), 'CREATE'), has_schema_privilege('public', 'CREATE')
            """;

    private final String database;
    private final String server;
    private final String user;
    private final boolean schemas;
    private final Duration timeout;

    /** @param schemas whether the views are made here, each generation of them in a schema of its own */
    DatabaseAtStart(
            @ConfigProperty(name = "quarkus.datasource.jdbc.url") String url,
            @ConfigProperty(name = "quarkus.datasource.username") Optional<String> user,
            @ConfigProperty(name = "streamviews.post.enabled") boolean schemas,
            @ConfigProperty(name = "streamviews.database.start-timeout", defaultValue = "30s") Duration timeout) {
        Properties parts = Driver.parseURL(url, null);
        if (parts == null) {
            throw new IllegalArgumentException("quarkus.datasource.jdbc.url is " + url);
        }
        this.database = parts.getProperty("PGDBNAME");
        this.server = parts.getProperty("PGHOST") + ":" + parts.getProperty("PGPORT");
        this.user = user.orElse("");
        this.schemas = schemas;
        this.timeout = timeout;
    }

    @Override
    public void customize(FluentConfiguration flyway) {
        long deadline = System.nanoTime() + timeout.toNanos();
        String problem = "";
        boolean said = false;
        do {
            try {
                look(flyway.getDataSource(), deadline - System.nanoTime());
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
        CompletableFuture<Void> look = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        requireRights(source);
                        look.complete(null);
                    } catch (SQLException | RuntimeException failure) {
                        look.completeExceptionally(failure);
                    }
                },
                "database-at-start");
        thread.setDaemon(true);
        thread.start();
        try {
            look.get(nanos, TimeUnit.NANOSECONDS);
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

    private void requireRights(DataSource source) throws SQLException {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rights = statement.executeQuery(RIGHTS)) {
            rights.next();
            String missing = (!schemas || rights.getBoolean(1)
                            ? ""
                            : "; GRANT CREATE ON DATABASE %s TO %s".formatted(quoted(database), quoted(user)))
                    + (rights.getBoolean(2) ? "" : "; GRANT CREATE ON SCHEMA public TO " + quoted(user));
            if (!missing.isEmpty()) {
                throw cannotStart(
                        "user %s may not create what the application needs in database %s at %s. Let its owner say: %s",
                        user, database, server, missing.substring(2));
            }
        }
    }

    /** What passes by itself is that nobody answers, or a server that starts, stops or is full (PostgreSQL, Appendix A). */
    private void failIfItStays(SQLException refused) {
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
                            + " QUARKUS_DATASOURCE_PASSWORD",
                    database, server, user, reason(refused));
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
