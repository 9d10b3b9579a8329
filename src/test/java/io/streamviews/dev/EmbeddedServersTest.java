package io.streamviews.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedServersTest {

    @TempDir
    Path directory;

    @Test
    void bothAnswerAndKeepTheirDataThroughEveryKindOfRestart() throws Exception {
        int databasePort;
        String bootstrapServers;
        try (EmbeddedServers servers = new EmbeddedServers(directory, 0, 0, Map.of("fsync", "on")).start()) {
            databasePort = servers.getDatabasePort();
            bootstrapServers = servers.getBootstrapServers();
            fill(servers);

            assertThat(query(servers, "SELECT version()")).startsWith("PostgreSQL ");
            assertThat(query(servers, "SHOW fsync")).isEqualTo("on");
            assertThat(consumed(servers)).containsExactly("one");

            servers.stopBroker();
            servers.stopDatabase();
            assertThatThrownBy(() -> query(servers, "SELECT 1")).isInstanceOf(SQLException.class);
            servers.startBroker();
            servers.startDatabase();

            assertThat(servers.getBootstrapServers()).isEqualTo(bootstrapServers);
            assertThat(query(servers, "SELECT n FROM number")).isEqualTo("one");
            produce(servers, "two");
            assertThat(consumed(servers)).containsExactly("one", "two");
        }

        try (EmbeddedServers servers = new EmbeddedServers(directory, databasePort, 0, Map.of()).start()) {
            assertThat(servers.getDatabasePort()).isEqualTo(databasePort);
            assertThat(query(servers, "SELECT n FROM number")).isEqualTo("one");
            assertThat(consumed(servers)).containsExactly("one", "two");
        }
    }

    @Test
    void theServersOfAKilledProcessAreTakenOver() throws Exception {
        Process killed = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Owner.class.getName(),
                        directory.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("owner.log").toFile())
                .start();
        await().atMost(Duration.ofSeconds(60)).until(() -> Files.exists(directory.resolve("ready")));
        killed.destroyForcibly().waitFor();
        int port = Integer.parseInt(Files.readString(directory.resolve("ready")));

        try (EmbeddedServers servers = new EmbeddedServers(directory, port, 0, Map.of()).start()) {
            assertThat(servers.getDatabasePort()).isEqualTo(port);
            assertThat(query(servers, "SELECT n FROM number")).isEqualTo("one");
            assertThat(consumed(servers)).containsExactly("one");
        }
    }

    static final class Owner {

        public static void main(String... arguments) throws Exception {
            Path directory = Path.of(arguments[0]);
            EmbeddedServers servers = new EmbeddedServers(directory, 0, 0, Map.of("fsync", "on")).start();
            fill(servers);
            Path starting = Files.writeString(directory.resolve("starting"), String.valueOf(servers.getDatabasePort()));
            Files.move(starting, directory.resolve("ready"));
            new CountDownLatch(1).await();
        }
    }

    @Test
    void aDirectoryIsUsedByOneAtATime() {
        try (EmbeddedServers owner = new EmbeddedServers(directory, 0, 0, Map.of())) {
            assertThatThrownBy(() -> new EmbeddedServers(directory, 0, 0, Map.of()))
                    .isInstanceOf(EmbeddedServerException.class)
                    .hasMessageContaining("in use");
            assertThat(owner.getConfiguration()).containsKey("kafka.bootstrap.servers");
        }
    }

    private static void fill(EmbeddedServers servers) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers.getBootstrapServers()))) {
            admin.createTopics(List.of(new NewTopic("numbers", 1, (short) 1)))
                    .all()
                    .get();
        }
        produce(servers, "one");
        execute(servers, "CREATE TABLE number AS SELECT 'one' AS n");
    }

    private static void produce(EmbeddedServers servers, String value) throws Exception {
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", servers.getBootstrapServers()),
                new StringSerializer(),
                new StringSerializer())) {
            producer.send(new ProducerRecord<>("numbers", value)).get();
        }
    }

    private static List<String> consumed(EmbeddedServers servers) {
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        servers.getBootstrapServers(),
                        "group.id",
                        "group-" + System.nanoTime(),
                        "auto.offset.reset",
                        "earliest"),
                new StringDeserializer(),
                new StringDeserializer())) {
            consumer.subscribe(List.of("numbers"));
            List<String> values = new ArrayList<>();
            await().atMost(Duration.ofSeconds(20)).until(() -> {
                consumer.poll(Duration.ofMillis(200)).forEach(record -> values.add(record.value()));
                return !values.isEmpty();
            });
            return values;
        }
    }

    private static Connection connect(EmbeddedServers servers) throws SQLException {
        Map<String, String> configuration = servers.getConfiguration();
        return DriverManager.getConnection(
                configuration.get("quarkus.datasource.jdbc.url"),
                configuration.get("quarkus.datasource.username"),
                null);
    }

    private static void execute(EmbeddedServers servers, String sql) throws SQLException {
        try (Connection connection = connect(servers);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String query(EmbeddedServers servers, String sql) throws SQLException {
        try (Connection connection = connect(servers);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }
}
