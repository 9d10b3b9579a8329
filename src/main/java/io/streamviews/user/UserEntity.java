package io.streamviews.user;

import io.streamviews.eventlog.Entity;
import jakarta.annotation.Priority;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.common.config.TopicConfig;

/**
 * Users. The last event of each says all there is to know, so their topic is compacted: what came before is gone within a
 * day, but not before a projection that has been away for some hours has seen it; if the last one cannot be read, the one
 * before counts. A broker's own settings would keep the last gigabyte of each partition as it was written.
 */
@Singleton
@Priority(2)
public final class UserEntity implements Entity {

    /** The base view, which is a file. */
    public static final String VIEW = "user_view";

    private final String topic;

    @Inject
    UserEntity(UserTopicConfig config) {
        this(config.userEvents());
    }

    public UserEntity(String topic) {
        this.topic = topic;
    }

    @Override
    public String type() {
        return UserEvent.AGGREGATE;
    }

    @Override
    public String topic() {
        return topic;
    }

    @Override
    public Map<String, String> settings() {
        return Map.of(
                TopicConfig.CLEANUP_POLICY_CONFIG,
                TopicConfig.CLEANUP_POLICY_COMPACT,
                TopicConfig.SEGMENT_BYTES_CONFIG,
                Integer.toString(64 << 20),
                TopicConfig.MIN_COMPACTION_LAG_MS_CONFIG,
                Long.toString(Duration.ofHours(6).toMillis()),
                TopicConfig.MAX_COMPACTION_LAG_MS_CONFIG,
                Long.toString(Duration.ofDays(1).toMillis()));
    }

    @Override
    public String view() {
        return VIEW;
    }
}
