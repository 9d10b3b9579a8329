package io.streamviews.bench;

import io.streamviews.event.TopicsConfig;
import java.util.OptionalInt;

/** The topics of a measurement. */
record Topics(int partitions) implements TopicsConfig {

    @Override
    public String userEvents() {
        return "user-events";
    }

    @Override
    public String postEvents() {
        return "post-events";
    }

    @Override
    public OptionalInt replicationFactor() {
        return OptionalInt.of(1);
    }
}
