package io.streamviews.dev;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.properties.MetaPropertiesEnsemble;
import org.apache.kafka.metadata.storage.Formatter;

/**
 * One Kafka broker, its own controller, in this JVM. Topics and offsets are kept in its directory, which is formatted
 * only when it is new; a broker that was killed recovers from it. Stopping and starting keep port and data, so clients
 * see an outage and nothing else.
 */
final class EmbeddedBroker {

    private static final int NODE = 1;

    private final Path directory;
    private final int port;
    private final Map<String, String> more;
    private KafkaRaftServer server;

    /** @param more settings; those of listeners are added to its own */
    EmbeddedBroker(Path directory, int port, Map<String, String> more) {
        this.directory = directory;
        this.port = port;
        this.more = more;
    }

    String bootstrapServers() {
        return "localhost:" + port;
    }

    synchronized void start() {
        if (server != null) {
            return;
        }
        // The broker's threads outlive the class loader of a live reload: they must not look up classes in it.
        Thread thread = Thread.currentThread();
        ClassLoader caller = thread.getContextClassLoader();
        thread.setContextClassLoader(KafkaRaftServer.class.getClassLoader());
        KafkaRaftServer starting = null;
        try {
            formatIfNew();
            starting = new KafkaRaftServer(new KafkaConfig(settings(LocalPort.free()), false), Time.SYSTEM);
            starting.startup();
            server = starting;
        } catch (Exception e) {
            if (starting != null) {
                starting.shutdown();
            }
            throw new EmbeddedServerException(
                    "The Kafka broker did not start on " + bootstrapServers() + " with its data in " + directory, e);
        } finally {
            thread.setContextClassLoader(caller);
        }
    }

    synchronized void stop() {
        if (server != null) {
            server.shutdown();
            server.awaitShutdown();
            server = null;
        }
    }

    private void formatIfNew() throws Exception {
        if (directory
                .resolve(MetaPropertiesEnsemble.META_PROPERTIES_NAME)
                .toFile()
                .exists()) {
            return;
        }
        try (PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8)) {
            new Formatter()
                    .setPrintStream(nowhere)
                    .setNodeId(NODE)
                    .setClusterId(Uuid.randomUuid().toString())
                    .setControllerListenerName("CONTROLLER")
                    .setDirectories(List.of(directory.toString()))
                    .setMetadataLogDirectory(directory.toString())
                    .run();
        }
    }

    private Map<String, String> settings(int controllerPort) {
        Map<String, String> settings = new TreeMap<>();
        settings.put("process.roles", "broker,controller");
        settings.put("node.id", String.valueOf(NODE));
        settings.put("controller.quorum.voters", NODE + "@localhost:" + controllerPort);
        settings.put("listeners", "PLAINTEXT://" + bootstrapServers() + ",CONTROLLER://localhost:" + controllerPort);
        settings.put("advertised.listeners", "PLAINTEXT://" + bootstrapServers());
        settings.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
        settings.put("controller.listener.names", "CONTROLLER");
        settings.put("inter.broker.listener.name", "PLAINTEXT");
        settings.put("log.dirs", directory.toString());
        // Topics are created on purpose, with the partitions they are meant to have.
        settings.put("auto.create.topics.enable", "false");
        for (String topic : List.of("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")) {
            settings.put(topic + ".replication.factor", "1");
            settings.put(topic + ".num.partitions", "3");
        }
        settings.put("transaction.state.log.min.isr", "1");
        settings.put("share.coordinator.state.topic.min.isr", "1");
        // A single machine: groups form at once, and tests may ask for quick fail-over.
        settings.put("group.initial.rebalance.delay.ms", "0");
        settings.put("group.min.session.timeout.ms", "100");
        // A killed broker is let in again as soon as its former session has ended.
        settings.put("broker.session.timeout.ms", "5000");
        settings.put("broker.heartbeat.interval.ms", "500");
        // Memory for a laptop's topics, not a cluster's.
        settings.put("log.cleaner.dedupe.buffer.size", String.valueOf(8 * 1024 * 1024));
        settings.put("num.network.threads", "2");
        settings.put("num.io.threads", "4");
        more.forEach((name, value) -> settings.merge(name, value, (own, added) -> own + "," + added));
        return settings;
    }
}
