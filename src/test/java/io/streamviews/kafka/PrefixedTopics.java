package io.streamviews.kafka;

import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalInt;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** The topics of a test or a measurement. */
public record PrefixedTopics(String prefix, int partitions) implements TopicsConfig {

    /** Creates them; a broker may need a moment to know what it has just created. */
    public void create(String bootstrapServers) {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers))) {
            Uni.createFrom()
                    .voidItem()
                    .invoke(() -> new TopicCreation(admin, this).run())
                    .onFailure(UnknownTopicOrPartitionException.class)
                    .retry()
                    .withBackOff(Duration.ofMillis(20))
                    .atMost(50)
                    .await()
                    .indefinitely();
        }
    }

    @Override
    public String userEvents() {
        return prefix + "user-events";
    }

    @Override
    public String postEvents() {
        return prefix + "post-events";
    }

    @Override
    public OptionalInt replicationFactor() {
        return OptionalInt.of(1);
    }
}
