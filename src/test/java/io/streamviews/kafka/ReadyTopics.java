package io.streamviews.kafka;

import java.util.Collection;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;

/** Topics that take records once they have been made. */
public final class ReadyTopics {

    private ReadyTopics() {}

    /**
     * Returns when each partition has a leader. A producer with several requests under way may otherwise have its first one
     * refused and the second one taken, and then tries the first one in vain until it gives it up (KAFKA-15591).
     *
     * @param topics with their number of partitions
     */
    public static void create(Admin admin, Collection<NewTopic> topics)
            throws InterruptedException, ExecutionException {
        admin.createTopics(topics).all().get();
        new LogOffsets(admin)
                .ends(Partitions.all(
                        topics.stream().collect(Collectors.toMap(NewTopic::name, NewTopic::numPartitions))));
    }
}
