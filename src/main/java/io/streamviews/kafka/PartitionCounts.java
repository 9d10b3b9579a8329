package io.streamviews.kafka;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** How many partitions topics have, ours and others'. */
@ApplicationScoped
public class PartitionCounts {

    private final Admin admin;
    private final int ofOurs;
    private final Map<String, Integer> known = new ConcurrentHashMap<>();

    PartitionCounts(Admin admin, TopicsConfig config) {
        this.admin = admin;
        this.ofOurs = config.partitions();
    }

    /**
     * Of those topics that there are, and that may be seen. Blocks.
     *
     * @throws KafkaException if Kafka does not answer in time
     */
    public Map<String, Integer> of(Collection<String> topics) {
        Map<String, Integer> counts = new TreeMap<>();
        admin.describeTopics(topics).topicNameValues().forEach((topic, description) -> {
            try {
                counts.put(topic, KafkaAdmin.await(description).partitions().size());
            } catch (UnknownTopicOrPartitionException | TopicAuthorizationException e) {
                // it is left out
            }
        });
        known.putAll(counts);
        return counts;
    }

    /** As was last heard; that of our own topics if nobody has asked yet. Does not block. */
    public int known(String topic) {
        return known.getOrDefault(topic, ofOurs);
    }

    /** How many it has at most: as was last heard, without a limit if nobody has asked yet. Does not block. */
    public int most(String topic) {
        return known.getOrDefault(topic, Integer.MAX_VALUE);
    }
}
