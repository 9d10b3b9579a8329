package io.streamviews.projection;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;

/** One process's share of a generation's projection: the real Kafka Streams application, started and stopped by a test. */
final class ProjectionInstance implements AutoCloseable {

    private final KafkaStreams streams;

    private ProjectionInstance(KafkaStreams streams) {
        this.streams = streams;
    }

    static ProjectionInstance start(Generation generation) {
        return start(generation, Duration.ofMillis(100));
    }

    /** @param commitInterval between two commits of Kafka's offsets */
    static ProjectionInstance start(Generation generation, Duration commitInterval) {
        ProjectionConfig config = new SmallRyeConfigBuilder()
                .withConverter(Duration.class, 100, new DurationConverter())
                .withMapping(ProjectionConfig.class)
                .build()
                .getConfigMapping(ProjectionConfig.class);
        Projection projection = new Projection(
                generation.schema, generation.views, generation.pool, "test", config, new SimpleMeterRegistry());
        Properties settings = new Properties();
        settings.putAll(Map.of(
                StreamsConfig.APPLICATION_ID_CONFIG,
                generation.schema,
                StreamsConfig.BOOTSTRAP_SERVERS_CONFIG,
                generation.servers.get("kafka.bootstrap.servers"),
                StreamsConfig.COMMIT_INTERVAL_MS_CONFIG,
                commitInterval.toMillis(),
                StreamsConfig.MAX_TASK_IDLE_MS_CONFIG,
                -1,
                StreamsConfig.NUM_STREAM_THREADS_CONFIG,
                2));
        KafkaStreams streams = new KafkaStreams(projection.topology(), settings, projection.clients());
        streams.setUncaughtExceptionHandler(projection.threadReplacement());
        streams.start();
        return new ProjectionInstance(streams);
    }

    /** Whether it has stopped within 20 seconds. */
    boolean stop() {
        return streams.close(Duration.ofSeconds(20));
    }

    @Override
    public void close() {
        if (!stop()) {
            throw new IllegalStateException("The instance did not stop");
        }
    }
}
