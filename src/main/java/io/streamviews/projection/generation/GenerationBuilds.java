package io.streamviews.projection.generation;

import io.smallrye.common.annotation.Identifier;
import io.streamviews.kafka.LogOffsets;
import io.streamviews.postgres.DatabaseConnections;
import io.streamviews.projection.ViewSchema;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Singleton;
import java.util.Map;

/** Begins builds of generations from all topics. */
@Singleton
public final class GenerationBuilds {

    private final Views views;
    private final DatabaseConnections connections;
    private final Map<String, Object> kafka;
    private final BuildConfig config;
    private final LogOffsets offsets;

    GenerationBuilds(
            Views views,
            DatabaseConnections connections,
            @Identifier("default-kafka-broker") Map<String, Object> kafka,
            BuildConfig config,
            LogOffsets offsets) {
        this.views = views;
        this.connections = connections;
        this.kafka = kafka;
        this.config = config;
        this.offsets = offsets;
    }

    /**
     * For one build, whose caller closes it: while an exchange holds the live batches back, those have the common one. As many
     * connections as there are partitions, of which fewer are written at once, and one for who looks at both generations meanwhile.
     */
    public Pool pool() {
        return connections.pool(views.partitionsEach() + 1);
    }

    /**
     * A build that has not begun.
     *
     * @param owner names this process in the positions, for people
     */
    public GenerationBuild of(String schema, Pool pool, String owner) {
        return new GenerationBuild(new ViewSchema(schema, pool, owner), () -> views.in(schema), kafka, config);
    }

    public Views views() {
        return views;
    }

    public LogOffsets offsets() {
        return offsets;
    }

    /** Processes that may fail or die over one rebuild until it is given up. */
    public int maxAttempts() {
        return config.maxAttempts();
    }
}
