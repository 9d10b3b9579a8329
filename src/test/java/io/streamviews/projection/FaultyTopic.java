package io.streamviews.projection;

import static org.awaitility.Awaitility.await;

import io.streamviews.EmbeddedServersResource;
import io.streamviews.dev.EmbeddedServersMXBean;
import io.streamviews.kafka.LogOffsets;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;

/** A topic that loses what Kafka can lose. */
public final class FaultyTopic {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final EmbeddedServersMXBean SERVERS = EmbeddedServersResource.servers();

    private final Admin admin;
    private final String topic;
    private final int partitions;

    public FaultyTopic(Admin admin, String topic, int partitions) {
        this.admin = admin;
        this.topic = topic;
        this.partitions = partitions;
    }

    /** As retention does, whatever the topic keeps. */
    void removeBefore(long offset) throws Exception {
        ConfigResource config = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        ConfigEntry retention = new ConfigEntry(TopicConfig.CLEANUP_POLICY_CONFIG, "compact,delete");
        admin.incrementalAlterConfigs(Map.of(config, List.of(new AlterConfigOp(retention, AlterConfigOp.OpType.SET))))
                .all()
                .get();
        admin.deleteRecords(partitions().stream()
                        .collect(Collectors.toMap(
                                partition -> partition, partition -> RecordsToDelete.beforeOffset(offset))))
                .all()
                .get();
    }

    /** Deletes it, and has it made anew. */
    public void recreate(Runnable create) throws Exception {
        admin.deleteTopics(List.of(topic)).all().get();
        await("Deletion")
                .atMost(PATIENCE)
                .ignoreExceptions()
                .until(() -> !admin.listTopics().names().get().contains(topic));
        create.run();
    }

    /** A broker comes back without the end of what it had acknowledged, as after an unclean election. */
    void loseTheEnd() throws IOException {
        SERVERS.stopBroker();
        Path data = Path.of(
                "target", "test-servers", Long.toString(ProcessHandle.current().pid()), "kafka");
        Files.deleteIfExists(data.resolve(".kafka_cleanshutdown"));
        Files.delete(data.resolve("recovery-point-offset-checkpoint"));
        for (TopicPartition partition : partitions()) {
            Path log = data.resolve(partition.toString()).resolve("00000000000000000000.log");
            try (FileChannel channel = FileChannel.open(log, StandardOpenOption.WRITE)) {
                channel.truncate(channel.size() / 2);
            }
        }
        SERVERS.startBroker();
        awaitLeaders();
    }

    /** Has a group's offsets committed where the topic begins. */
    void commitBeginning(String group) throws Exception {
        admin.alterConsumerGroupOffsets(
                        group,
                        partitions().stream()
                                .collect(Collectors.toMap(
                                        partition -> partition, partition -> new OffsetAndMetadata(0))))
                .all()
                .get();
    }

    /** Nobody but an operator makes a broker the leader that may have lost something. */
    private void awaitLeaders() {
        await("Leaders").atMost(PATIENCE).ignoreExceptions().until(() -> {
            admin.electLeaders(ElectionType.UNCLEAN, Set.copyOf(partitions()))
                    .partitions()
                    .get();
            return admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions().stream()
                    .noneMatch(partition ->
                            partition.leader() == null || partition.leader().isEmpty());
        });
    }

    List<TopicPartition> partitions() {
        return LongStream.range(0, partitions)
                .mapToObj(number -> new TopicPartition(topic, (int) number))
                .toList();
    }

    Map<TopicPartition, Long> ends() {
        return new LogOffsets(admin).ends(partitions());
    }
}
