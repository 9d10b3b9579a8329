package io.streamviews.projection.generation;

import io.streamviews.kafka.PrefixedTopics;

/** A generation of the application's own views for one test. */
public final class ApplicationGeneration extends Generation {

    public final PrefixedTopics topics = topics(schema);

    public ApplicationGeneration() {
        super((pool, schema) -> {
            ApplicationViews.make(pool, schema);
            return ApplicationViews.views(pool, schema, topics(schema));
        });
    }

    private static PrefixedTopics topics(String schema) {
        return new PrefixedTopics(schema + "-", PARTITIONS);
    }

    @Override
    public void createTopics() {
        topics.create(servers.get("kafka.bootstrap.servers"));
    }
}
