package io.streamviews;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.restassured.path.json.JsonPath;
import io.streamviews.PackagedProcess.Ended;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.assertj.core.api.AbstractStringAssert;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every connection to PostgreSQL and to Kafka is as the settings say, and none is made to somebody else. */
class TlsToServersIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String PLAIN =
            """
            SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = '%s' AND NOT ssl
            """;
    private static final String LISTENERS =
            "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = '%s' AND query LIKE 'LISTEN %%'";

    private static ServersWithTls servers;

    @BeforeAll
    static void start(@TempDir Path directory) throws Exception {
        servers = new ServersWithTls(directory);
    }

    @AfterAll
    static void stop() {
        servers.close();
    }

    @Test
    void everythingIsDoneOverTls() throws Exception {
        Map<String, String> settings = database();
        settings.putAll(sasl(ServersWithTls.PASSWORD));
        try (PackagedProcess application = PackagedProcess.start("tls-all", settings)) {
            application.awaitReady();

            new Everything(application, application, "user-events").works();

            assertThat(servers.query(PLAIN.formatted(ServersWithTls.USER))).isEqualTo("0");
            assertThat(servers.query(LISTENERS.formatted(ServersWithTls.USER))).isEqualTo("1");
        }
    }

    @Test
    void kafkaWithTlsAloneIsEnough() {
        Map<String, String> settings = database("tls_alone");
        settings.putAll(kafka(servers.withTls(), "SSL"));
        try (PackagedProcess application = PackagedProcess.start("tls-alone", settings)) {
            application.awaitReady();

            assertThat(application.send("POST", "/api/users", SmallProcess.USER).statusCode())
                    .isEqualTo(201);
            await().atMost(PATIENCE)
                    .until(() -> application.get("/api/posts/users/1").statusCode() == 200);
        }
    }

    @Test
    void aWrongPasswordForKafkaIsOneLine() {
        Map<String, String> settings = database("wrong_password");
        settings.putAll(sasl("wrong"));
        try (PackagedProcess application = PackagedProcess.start("tls-kafka-password", settings)) {
            await().atMost(PATIENCE).until(() -> application.log().contains("uthentication failed"));

            await().during(Duration.ofSeconds(10)).atMost(PATIENCE).untilAsserted(() -> assertThat(
                            application.log().lines().filter(line -> line.contains("uthentication failed")))
                    .hasSize(1));
            assertThat(application.log()).doesNotContain("\tat ");
            assertThat(application.get("/q/health/ready").statusCode()).isEqualTo(503);
            assertThat(application.get("/q/health/ready").body()).contains("uthentication failed");
        }
    }

    @Test
    void aBrokerOfAnotherNameIsNotTrusted() throws Exception {
        try (Admin admin = servers.admin()) {
            admin.createTopics(List.of(
                            new NewTopic("other-user-events", 6, (short) 1),
                            new NewTopic("other-post-events", 6, (short) 1)))
                    .all()
                    .get();
        }
        Map<String, String> settings = database("other_name");
        settings.putAll(kafka(servers.withTls().replace("localhost", "127.0.0.1"), "SSL"));
        try (PackagedProcess application = PackagedProcess.start("tls-kafka-name", settings)) {
            await().atMost(PATIENCE).until(() -> application.log().contains("Cannot make sure of the topics"));

            String health = application.get("/q/health/ready").body();
            assertThat(JsonPath.from(health).getString("checks.find { it.name == 'projection' }.data.state"))
                    .isEqualTo("CREATED");
            assertThat(health).contains("SSL handshake failed");
        }
    }

    @Test
    void aDatabaseOfAnotherAuthorityIsNotTrusted() {
        Certificate other = Certificate.of("another-authority", "dns:localhost");

        assertThatItEnds(
                        "authority",
                        Map.of("streamviews.database.ca-file", other.pem().toString()))
                .contains("PostgreSQL at localhost:" + servers.databasePort() + " is not trusted")
                .contains("streamviews.database.ca-file");
    }

    @Test
    void aDatabaseOfAnotherNameIsNotTrusted() {
        assertThatItEnds("name", Map.of("streamviews.database.host", "127.0.0.1"))
                .contains("PostgreSQL at 127.0.0.1:" + servers.databasePort() + " is not trusted")
                .contains("hostname 127.0.0.1 could not be verified");
    }

    @Test
    void aDatabaseWithoutTlsIsNotTrusted() {
        int plain = EmbeddedServersResource.servers().getDatabasePort();

        assertThatItEnds(
                        "none",
                        Map.of(
                                "streamviews.database.port",
                                String.valueOf(plain),
                                "quarkus.datasource.username",
                                "postgres"))
                .contains("is not trusted")
                .contains("does not support SSL");
    }

    @Test
    void aDatabaseThatWantsTlsSaysSo() {
        assertThatItEnds("wanted", Map.of("streamviews.database.tls", "disable"))
                .contains("STREAMVIEWS_DATABASE_TLS");
    }

    @Test
    void anAuthorityThatCannotBeReadIsNamed() {
        assertThatItEnds("missing", Map.of("streamviews.database.ca-file", "/no/such/file.pem"))
                .contains("streamviews.database.ca-file, /no/such/file.pem, cannot be read");
    }

    private static AbstractStringAssert<?> assertThatItEnds(String name, Map<String, String> settings) {
        Map<String, String> all = database();
        all.putAll(settings);
        all.put("streamviews.database.start-timeout", "5s");
        Ended ended = PackagedProcess.failsToStart("tls-database-" + name, all);
        assertThat(ended.exitCode()).as(ended.output()).isEqualTo(1);
        assertThat(ended.output()).doesNotContain("\tat ");
        assertThat(ended.output().lines().filter(line -> line.contains("Cannot start: ")))
                .hasSize(1);
        return assertThat(ended.output());
    }

    private static Map<String, String> database(String own) {
        try {
            servers.query("CREATE DATABASE %s OWNER %s".formatted(own, ServersWithTls.USER));
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        Map<String, String> settings = database();
        settings.put("streamviews.database.name", own);
        settings.put("streamviews.topics.user-events", own.replace("_name", "") + "-user-events");
        settings.put("streamviews.topics.post-events", own.replace("_name", "") + "-post-events");
        settings.put("quarkus.kafka-streams.application-id", own);
        return settings;
    }

    private static Map<String, String> database() {
        Map<String, String> settings = new HashMap<>();
        settings.put("streamviews.database.port", String.valueOf(servers.databasePort()));
        settings.put("streamviews.database.tls", "verify-full");
        settings.put("streamviews.database.ca-file", servers.certificate().pem().toString());
        settings.put("quarkus.datasource.username", ServersWithTls.USER);
        settings.put("quarkus.datasource.password", ServersWithTls.PASSWORD);
        return settings;
    }

    private static Map<String, String> kafka(String brokers, String protocol) {
        Map<String, String> settings = new HashMap<>();
        settings.put("kafka.bootstrap.servers", brokers);
        settings.put("kafka.security.protocol", protocol);
        settings.put("kafka.ssl.truststore.type", "PEM");
        settings.put(
                "kafka.ssl.truststore.location", servers.certificate().pem().toString());
        return settings;
    }

    private static Map<String, String> sasl(String password) {
        Map<String, String> settings = kafka(servers.withTlsAndSasl(), "SASL_SSL");
        settings.put("kafka.sasl.mechanism", "SCRAM-SHA-512");
        settings.put(
                "kafka.sasl.jaas.config",
                "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"%s\" password=\"%s\";"
                        .formatted(ServersWithTls.USER, password));
        return settings;
    }
}
