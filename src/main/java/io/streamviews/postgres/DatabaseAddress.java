package io.streamviews.postgres;

import jakarta.inject.Singleton;
import java.util.Optional;
import java.util.Properties;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.postgresql.Driver;

/** Which database, where, and as whom, as the settings say; for messages. */
@Singleton
class DatabaseAddress {

    private final String database;
    private final String server;
    private final String user;

    DatabaseAddress(
            @ConfigProperty(name = "quarkus.datasource.jdbc.url") String url,
            @ConfigProperty(name = "quarkus.datasource.username") Optional<String> user) {
        Properties parts = Driver.parseURL(url, null);
        if (parts == null) {
            throw new IllegalArgumentException("quarkus.datasource.jdbc.url is " + url);
        }
        this.database = parts.getProperty("PGDBNAME");
        this.server = parts.getProperty("PGHOST") + ":" + parts.getProperty("PGPORT");
        this.user = user.orElse("");
    }

    String database() {
        return database;
    }

    /** Host and port. */
    String server() {
        return server;
    }

    /** Empty if the settings name none. */
    String user() {
        return user;
    }

    /** An identifier as SQL has it. */
    static String quoted(String name) {
        return name.matches("[a-z_][a-z0-9_]*") ? name : '"' + name.replace("\"", "\"\"") + '"';
    }
}
