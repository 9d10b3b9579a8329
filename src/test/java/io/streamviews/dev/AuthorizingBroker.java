package io.streamviews.dev;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.SecurityUtils;

/**
 * A broker that asks who comes and allows nothing by itself; what it allows comes from {@code docker/kafka/acls.sh}, run with
 * an {@code echo} for Kafka's tool. Who knows the port that is the administrator's may do anything.
 */
public final class AuthorizingBroker implements AutoCloseable {

    private static final String LOGIN = "org.apache.kafka.common.security.plain.PlainLoginModule required ";

    private final int port = LocalPort.free();
    private final EmbeddedBroker broker;
    private final Admin admin;

    /** @param users who are let in, with their names for passwords */
    public AuthorizingBroker(Path directory, List<String> users) {
        String login = LOGIN
                + String.join(
                        " ", users.stream().map("user_%1$s=\"%1$s\""::formatted).toList());
        String address = "ASKING://localhost:" + port;
        broker = new EmbeddedBroker(
                directory,
                LocalPort.free(),
                Map.of(
                        "listeners",
                        address,
                        "advertised.listeners",
                        address,
                        "listener.security.protocol.map",
                        "ASKING:SASL_PLAINTEXT",
                        "sasl.enabled.mechanisms",
                        "PLAIN",
                        "listener.name.asking.plain.sasl.jaas.config",
                        login + ";",
                        "authorizer.class.name",
                        "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                        "super.users",
                        "User:ANONYMOUS"));
        broker.start();
        admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
    }

    /** The settings with which a user comes. */
    public Map<String, String> settings(String user) {
        return Map.of(
                "kafka.bootstrap.servers",
                "localhost:" + port,
                "kafka.security.protocol",
                "SASL_PLAINTEXT",
                "kafka.sasl.mechanism",
                "PLAIN",
                "kafka.sasl.jaas.config",
                "%susername=\"%s\" password=\"%2$s\";".formatted(LOGIN, user));
    }

    /** Allows what the script allows, and nothing else. */
    public void allow(List<AclBinding> rights) throws InterruptedException, ExecutionException {
        admin.deleteAcls(List.of(AclBindingFilter.ANY)).all().get();
        admin.createAcls(rights).all().get();
    }

    /** Makes a topic of one partition with a record in it, as nobody whose rights are looked at. */
    public void publish(String topic, String key, String value) throws InterruptedException, ExecutionException {
        admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.bootstrapServers()),
                new StringSerializer(),
                new StringSerializer())) {
            producer.send(new ProducerRecord<>(topic, key, value)).get();
        }
    }

    /** One for each principal, resource and operation. */
    public static List<AclBinding> script() throws IOException {
        ProcessBuilder script =
                new ProcessBuilder("docker/kafka/acls.sh").redirectError(ProcessBuilder.Redirect.INHERIT);
        script.environment().put("KAFKA_ACLS", "echo");
        Process process = script.start();
        String commands = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return commands.lines().flatMap(AuthorizingBroker::rights).toList();
    }

    private static Stream<AclBinding> rights(String command) {
        String principal = values(command, "allow-principal").get(0);
        return Stream.of(ResourceType.TOPIC, ResourceType.GROUP)
                .flatMap(type -> values(command, type.name().toLowerCase(Locale.ROOT)).stream()
                        .flatMap(name -> values(command, "operation").stream()
                                .map(operation -> new AclBinding(
                                        new ResourcePattern(type, name, PatternType.LITERAL),
                                        new AccessControlEntry(
                                                SecurityUtils.parseKafkaPrincipal(principal)
                                                        .toString(),
                                                "*",
                                                SecurityUtils.operation(operation),
                                                AclPermissionType.ALLOW)))));
    }

    private static List<String> values(String command, String option) {
        List<String> words = List.of(command.split(" "));
        List<String> values = new ArrayList<>();
        for (int i = 0; i + 1 < words.size(); i++) {
            if (words.get(i).equals("--" + option)) {
                values.add(words.get(i + 1));
            }
        }
        return values;
    }

    @Override
    public void close() {
        admin.close();
        broker.stop();
    }
}
