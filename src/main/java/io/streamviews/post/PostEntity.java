package io.streamviews.post;

import io.streamviews.eventlog.Entity;
import jakarta.annotation.Priority;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Map;
import org.apache.kafka.common.config.TopicConfig;

/**
 * Posts. Every event is kept for good, and its key is the author's id: one task of the projection sees an author and all
 * posts of that author.
 */
@Singleton
@Priority(1)
public final class PostEntity implements Entity {

    /** The base view, which is a file. */
    public static final String VIEW = "post_view";

    private final String topic;

    @Inject
    PostEntity(PostTopicConfig config) {
        this(config.postEvents());
    }

    public PostEntity(String topic) {
        this.topic = topic;
    }

    @Override
    public String type() {
        return PostEvent.AGGREGATE;
    }

    @Override
    public String topic() {
        return topic;
    }

    @Override
    public Map<String, String> settings() {
        return Map.of(
                TopicConfig.CLEANUP_POLICY_CONFIG,
                TopicConfig.CLEANUP_POLICY_DELETE,
                TopicConfig.RETENTION_MS_CONFIG,
                "-1");
    }

    @Override
    public String view() {
        return VIEW;
    }
}
