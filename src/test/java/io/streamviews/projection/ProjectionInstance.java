package io.streamviews.projection;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.streamviews.projection.generation.Generation;
import io.vertx.mutiny.sqlclient.Pool;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.ThreadMetadata;

/** One process's share of a generation's projection: the real Kafka Streams application, started and stopped by a test. */
final class ProjectionInstance implements AutoCloseable {

    private final KafkaStreams streams;
    private final Projection projection;

    private ProjectionInstance(KafkaStreams streams, Projection projection) {
        this.streams = streams;
        this.projection = projection;
    }

    static ProjectionInstance start(Generation generation) {
        return start(generation, generation.pool, Map.of());
    }

    /** @param commitInterval between two commits of Kafka's offsets */
    static ProjectionInstance start(Generation generation, Duration commitInterval) {
        return start(
                generation,
                generation.pool,
                Map.of(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, String.valueOf(commitInterval.toMillis())));
    }

    /**
     * @param pool leads to the generation's database
     * @param settings of the projection, and of Kafka Streams
     */
    static ProjectionInstance start(Generation generation, Pool pool, Map<String, String> settings) {
        Projection projection = new Projection(
                new ViewSchema(generation.schema, pool, "test"),
                generation.views,
                config(settings),
                new SimpleMeterRegistry(),
                Clock.systemUTC());
        Properties kafka = new Properties();
        kafka.putAll(Map.of(
                StreamsConfig.APPLICATION_ID_CONFIG,
                generation.schema,
                StreamsConfig.BOOTSTRAP_SERVERS_CONFIG,
                generation.servers.get("kafka.bootstrap.servers"),
                StreamsConfig.COMMIT_INTERVAL_MS_CONFIG,
                100,
                StreamsConfig.MAX_TASK_IDLE_MS_CONFIG,
                -1,
                StreamsConfig.NUM_STREAM_THREADS_CONFIG,
                2));
        kafka.putAll(settings);
        KafkaStreams streams = projection.streams(
                new Layout(List.of(generation.topicNames()), generation.counts(Generation.PARTITIONS)), kafka);
        streams.start();
        return new ProjectionInstance(streams, projection);
    }

    static ProjectionConfig config(Map<String, String> settings) {
        return new SmallRyeConfigBuilder()
                .withConverter(Duration.class, 100, new DurationConverter())
                .withSources(new PropertiesConfigSource(settings, "test", 100))
                .withMapping(ProjectionConfig.class)
                .build()
                .getConfigMapping(ProjectionConfig.class);
    }

    Optional<WriteFailure> trouble() {
        return projection.troubles().worst();
    }

    /** Looks at PostgreSQL and Kafka, as the application does, every second. */
    ProgressWatch watch(Admin admin) {
        return projection.watch(admin);
    }

    /** The names of its stream threads, which are never used twice. */
    Set<String> threads() {
        return streams.metadataForLocalThreads().stream()
                .map(ThreadMetadata::threadName)
                .collect(Collectors.toSet());
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
