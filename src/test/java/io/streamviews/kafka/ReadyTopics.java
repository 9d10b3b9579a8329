package io.streamviews.kafka;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Topics that take records once they have been made. */
public final class ReadyTopics {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private ReadyTopics() {}

    /**
     * Returns when each partition has a leader, which a broker needs a moment for. Otherwise a producer with several requests
     * under way may have its first one refused and the second one taken, and then tries the first one in vain until it gives
     * it up (KAFKA-15591).
     *
     * @param topics with their number of partitions
     */
    public static void create(Admin admin, Collection<NewTopic> topics)
            throws InterruptedException, ExecutionException {
        admin.createTopics(topics).all().get();
        List<TopicPartition> partitions =
                Partitions.all(topics.stream().collect(Collectors.toMap(NewTopic::name, NewTopic::numPartitions)));
        LogOffsets offsets = new LogOffsets(admin);
        await("Leaders")
                .atMost(PATIENCE)
                .ignoreException(UnknownTopicOrPartitionException.class)
                .until(() -> offsets.ends(partitions).size() == partitions.size());
    }
}
