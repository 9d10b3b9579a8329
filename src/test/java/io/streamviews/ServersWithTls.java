package io.streamviews;

import io.streamviews.dev.EmbeddedServers;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;

/**
 * A PostgreSQL that lets {@link #USER} in with TLS and a password only, and a broker with a listener for TLS and one for
 * SASL over TLS. Their certificate is for localhost, and not for its address.
 */
final class ServersWithTls implements AutoCloseable {

    static final String USER = "over_tls";
    static final String PASSWORD = "right";
    static final String DATABASE = "materialized_view_db";

    private final Certificate certificate = Certificate.of("servers", "dns:localhost");
    private final int sslPort = freePort();
    private final int saslPort = freePort();
    private final EmbeddedServers servers;

    ServersWithTls(Path directory) throws Exception {
        servers = new EmbeddedServers(
                        directory,
                        0,
                        0,
                        Map.of(
                                "ssl", "on",
                                "ssl_cert_file", certificate.pem().toString(),
                                "ssl_key_file", certificate.key().toString()),
                        brokerSettings())
                .start();
        askForTls();
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers.getBootstrapServers()))) {
            admin.alterUserScramCredentials(List.of(new UserScramCredentialUpsertion(
                            USER, new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), PASSWORD)))
                    .all()
                    .get();
        }
    }

    Certificate certificate() {
        return certificate;
    }

    int databasePort() {
        return servers.getDatabasePort();
    }

    String withTls() {
        return "localhost:" + sslPort;
    }

    String withTlsAndSasl() {
        return "localhost:" + saslPort;
    }

    /** Without TLS, for the test itself. */
    Admin admin() {
        return Admin.create(Map.of("bootstrap.servers", servers.getBootstrapServers()));
    }

    String query(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(
                        "jdbc:postgresql://localhost:%d/%s".formatted(databasePort(), DATABASE), "postgres", "");
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

    @Override
    public void close() {
        servers.close();
    }

    private Map<String, String> brokerSettings() {
        String listeners = "SSL://localhost:%d,SASL_SSL://localhost:%d".formatted(sslPort, saslPort);
        return Map.of(
                "listeners",
                listeners,
                "advertised.listeners",
                listeners,
                "listener.security.protocol.map",
                "SSL:SSL,SASL_SSL:SASL_SSL",
                "ssl.keystore.type",
                "PKCS12",
                "ssl.keystore.location",
                certificate.store().toString(),
                "ssl.keystore.password",
                Certificate.PASSWORD,
                "sasl.enabled.mechanisms",
                "SCRAM-SHA-512",
                "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config",
                "org.apache.kafka.common.security.scram.ScramLoginModule required;");
    }

    private void askForTls() throws SQLException, IOException {
        query("CREATE ROLE %s LOGIN PASSWORD '%s'".formatted(USER, PASSWORD));
        query("ALTER DATABASE %s OWNER TO %s".formatted(DATABASE, USER));
        Path rules = Path.of(query("SHOW hba_file"));
        Files.writeString(
                rules,
                "hostssl all %1$s all scram-sha-256\nhost all %1$s all reject\n".formatted(USER)
                        + Files.readString(rules));
        query("SELECT pg_reload_conf()");
    }

    private static int freePort() {
        try (ServerSocket free = new ServerSocket(0)) {
            return free.getLocalPort();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
