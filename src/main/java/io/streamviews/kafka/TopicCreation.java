package io.streamviews.kafka;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.utils.Utils;
import org.jboss.logging.Logger;

/**
 * One attempt to find or create the topics. Blocks; the caller bounds it by the client's time-outs, and tries again when
 * it fails, as it does if another process creates a topic at the same moment. Looks before it creates, so that a program
 * that may not create topics, for want of a right or since {@link TopicsConfig#create} says so, can use those that exist.
 */
public final class TopicCreation {

    private static final Logger LOG = Logger.getLogger(TopicCreation.class);
    private static final int SAFE_REPLICAS = 3;
    private static final int LEADER_ATTEMPTS = 50;
    private static final int LEADER_PAUSE_MS = 100;

    private final Admin admin;
    private final TopicsConfig config;
    private final List<? extends OwnTopic> topics;

    public TopicCreation(Admin admin, TopicsConfig config, List<? extends OwnTopic> topics) {
        this.admin = admin;
        this.config = config;
        this.topics = topics;
    }

    /**
     * @throws TopicMismatchException if a topic exists with another number of partitions
     * @throws MissingTopicException if a topic does not exist, and must not be created
     */
    public void run() {
        topics.forEach(topic -> ensure(topic.topic(), topic.settings()));
    }

    private void ensure(String topic, Map<String, String> settings) {
        int found = partitionsOf(topic);
        int partitions = found == 0 ? create(topic, settings) : found;
        if (partitions != config.partitions()) {
            throw new TopicMismatchException(topic, config.partitions(), partitions);
        }
        awaitLeaders(topic);
    }

    /**
     * Asks every partition's leader for its end: the metadata name a new partition's leader a moment before it is one. A
     * pipelined, idempotent producer whose first request is refused in that moment and whose second is not comes out of
     * sequence, and stays so until its delivery time-out.
     */
    private void awaitLeaders(String topic) {
        List<TopicPartition> partitions = Partitions.all(Map.of(topic, config.partitions()));
        for (int attempt = 1; ; attempt++) {
            try {
                new LogOffsets(admin).veryEnds(partitions);
                return;
            } catch (RetriableException e) {
                // a broker that has not heard of the topic yet
                if (attempt == LEADER_ATTEMPTS) {
                    throw e;
                }
                Utils.sleep(LEADER_PAUSE_MS);
            }
        }
    }

    private int partitionsOf(String topic) {
        try {
            return KafkaAdmin.await(admin.describeTopics(List.of(topic))
                            .topicNameValues()
                            .get(topic))
                    .partitions()
                    .size();
        } catch (UnknownTopicOrPartitionException e) {
            return 0;
        } catch (TopicAuthorizationException e) {
            throw notAuthorized("see", topic);
        }
    }

    private int create(String topic, Map<String, String> settings) {
        if (!config.create()) {
            throw new MissingTopicException(topic, config.partitions());
        }
        int brokers = KafkaAdmin.await(admin.describeCluster().nodes()).size();
        int replicas = config.replicationFactor().orElse(Math.min(SAFE_REPLICAS, brokers));
        NewTopic created = new NewTopic(topic, config.partitions(), (short) replicas)
                .configs(replicas < SAFE_REPLICAS ? settings : withQuorum(settings));
        try {
            KafkaAdmin.await(admin.createTopics(List.of(created)).all());
        } catch (TopicAuthorizationException e) {
            throw notAuthorized("create", topic);
        }
        LOG.infof("Created topic %s: %d partitions, replication %d", topic, config.partitions(), replicas);
        return config.partitions();
    }

    /** The broker does not say which. */
    private static TopicAuthorizationException notAuthorized(String act, String topic) {
        return new TopicAuthorizationException("Not authorized to %s topic %s".formatted(act, topic), Set.of(topic));
    }

    private static Map<String, String> withQuorum(Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(settings);
        all.put(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG, "2");
        return all;
    }
}
