package io.streamviews.projection;

import java.util.Map;

/**
 * The epochs at which a task owns its partitions, by topic. A task keeps those that it began with: looking them up anew
 * would let it write after it has lost the partition and another task of the same process has got it.
 */
public record Epochs(Map<String, Long> byTopic) {

    public Epochs {
        byTopic = Map.copyOf(byTopic);
    }

    /** The epoch for {@code topic}. */
    long of(String topic) {
        Long epoch = byTopic.get(topic);
        if (epoch == null) {
            throw new IllegalStateException("No epoch for topic " + topic + ", only for " + byTopic.keySet());
        }
        return epoch;
    }
}
