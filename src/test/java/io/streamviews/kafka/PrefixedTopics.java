package io.streamviews.kafka;

import io.smallrye.mutiny.Uni;
import io.streamviews.post.PostEntity;
import io.streamviews.user.UserEntity;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** The topics of a test or a measurement. */
public record PrefixedTopics(String prefix, int partitions) implements TopicsConfig {

    /** Creates them, as {@link ReadyTopics} does; a broker may need a moment to know what it has just created. */
    public void create(String bootstrapServers) {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers))) {
            Uni.createFrom()
                    .voidItem()
                    .invoke(() -> creation(admin).run())
                    .invoke(() -> new LogOffsets(admin)
                            .ends(Partitions.all(Map.of(userEvents(), partitions, postEvents(), partitions))))
                    .onFailure(UnknownTopicOrPartitionException.class)
                    .retry()
                    .withBackOff(Duration.ofMillis(20))
                    .atMost(50)
                    .await()
                    .indefinitely();
        }
    }

    public TopicCreation creation(Admin admin) {
        return new TopicCreation(admin, this, List.of(users(), posts()));
    }

    public UserEntity users() {
        return new UserEntity(prefix + "user-events");
    }

    public PostEntity posts() {
        return new PostEntity(prefix + "post-events");
    }

    public String userEvents() {
        return users().topic();
    }

    public String postEvents() {
        return posts().topic();
    }

    @Override
    public boolean create() {
        return true;
    }

    @Override
    public OptionalInt replicationFactor() {
        return OptionalInt.of(1);
    }
}
