package io.streamviews.kafka;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.OptionalInt;

/** What the topics of this application have in common: what is joined is partitioned by the same keys, into as many parts. */
@ConfigMapping(prefix = "streamviews.topics")
public interface TopicsConfig {

    /** Partitions of each topic, at least 1. A topic that exists already must have exactly as many. */
    @WithDefault("6")
    int partitions();

    /** Whether our own topics are created if they are absent; if not, a relay waits until they are there. */
    @WithDefault("true")
    boolean create();

    /** Replicas of each partition; absent: 3, or as many as the cluster has brokers if those are fewer. */
    OptionalInt replicationFactor();
}
