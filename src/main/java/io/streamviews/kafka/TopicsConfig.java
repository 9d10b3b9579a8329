package io.streamviews.kafka;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.OptionalInt;

/**
 * The topics that events travel on. Both have the same number of partitions, and both are partitioned by the user's id
 * (a post's key is its author's), so that one projection task sees an author and the author's posts.
 */
@ConfigMapping(prefix = "streamviews.topics")
public interface TopicsConfig {

    /** Name of the topic of user events; key: the user's id as text. */
    @WithDefault("user-events")
    String userEvents();

    /** Name of the topic of post events; key: the author's id as text. */
    @WithDefault("post-events")
    String postEvents();

    /** Partitions of each topic, at least 1. A topic that exists already must have exactly as many. */
    @WithDefault("6")
    int partitions();

    /** Replicas of each partition; absent: 3, or as many as the cluster has brokers if those are fewer. */
    OptionalInt replicationFactor();
}
