package io.streamviews.postgres;

import io.vertx.core.net.PemTrustOptions;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.SslMode;
import jakarta.inject.Singleton;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.sql.SQLException;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * How connections to PostgreSQL are protected: not at all, or so that nobody else can be it, since its certificate is of the
 * CA that has been named and says its host name. JDBC connections have the same two settings (application.properties).
 */
@Singleton
public final class DatabaseTls {

    /** The names are those of PostgreSQL's sslmode; what lies between is no protection from who stands in the way. */
    public enum Mode {
        DISABLE,
        VERIFY_FULL
    }

    private static final String BROKEN = "08006";
    private static final String REJECTED = "08004";

    private final Mode mode;
    private final Optional<Path> ca;

    DatabaseTls(
            @ConfigProperty(name = "streamviews.database.tls") Mode mode,
            @ConfigProperty(name = "streamviews.database.ca-file") Optional<Path> ca) {
        this.mode = mode;
        this.ca = ca;
    }

    /** Has a server's connections be as the settings say. */
    public void protect(PgConnectOptions server) {
        if (isOn()) {
            server.setSslMode(SslMode.VERIFY_FULL)
                    .setHostnameVerificationAlgorithm("HTTPS")
                    .setPemTrustOptions(
                            new PemTrustOptions().addCertPath(ca.orElseThrow().toString()));
        }
    }

    boolean isOn() {
        return mode == Mode.VERIFY_FULL;
    }

    /** Empty if they can be used. */
    Optional<String> wrongSettings() {
        if (!isOn()) {
            return Optional.empty();
        }
        if (ca.isEmpty()) {
            return Optional.of("streamviews.database.tls is verify-full, and streamviews.database.ca-file is not set");
        }
        return Files.isReadable(ca.get())
                ? Optional.empty()
                : Optional.of("streamviews.database.ca-file, %s, cannot be read".formatted(ca.get()));
    }

    /**
     * Whether it was TLS that came to nothing: the driver has a cause for any other connection that breaks, and rejects a
     * server by itself for two reasons, of which one is that it does not speak SSL.
     */
    boolean isReasonFor(SQLException refused) {
        if (!isOn()) {
            return false;
        }
        if (refused.getCause() == null) {
            return BROKEN.equals(refused.getSQLState())
                    || REJECTED.equals(refused.getSQLState())
                            && refused.getMessage().contains("SSL");
        }
        return Stream.iterate(refused.getCause(), Objects::nonNull, Throwable::getCause)
                .anyMatch(cause -> cause instanceof GeneralSecurityException);
    }
}
