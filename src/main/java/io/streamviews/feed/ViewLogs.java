package io.streamviews.feed;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.smallrye.common.annotation.Identifier;
import io.streamviews.kafka.PartitionCounts;
import io.streamviews.kafka.Readers;
import io.streamviews.projection.generation.Views;
import io.streamviews.source.BaseView;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.KafkaException;
import org.jboss.logging.Logger;

/** Gives those who read for feeds a base view's log, and the consumer to read it with. */
@ApplicationScoped
class ViewLogs {

    private static final Logger LOG = Logger.getLogger(ViewLogs.class);
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(1);

    /**
     * A poll brings few records, since each may be as large as the broker takes; and a fetch that finds nothing does not
     * keep who seeks elsewhere waiting.
     */
    private static final Map<String, Object> SETTINGS = Map.of(
            ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
            "none",
            ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
            20,
            ConsumerConfig.FETCH_MAX_BYTES_CONFIG,
            1 << 20,
            ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG,
            1 << 17,
            ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG,
            50,
            ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
            5_000,
            ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG,
            5_000);

    private final Views views;
    private final Committed committed;
    private final ObjectMapper mapper;
    private final PartitionCounts partitions;
    private final Map<String, Object> kafka;

    ViewLogs(
            Views views,
            Committed committed,
            ObjectMapper mapper,
            PartitionCounts partitions,
            @Identifier("default-kafka-broker") Map<String, Object> kafka) {
        this.views = views;
        this.committed = committed;
        this.mapper = mapper;
        this.partitions = partitions;
        this.kafka = kafka;
    }

    /**
     * How many partitions a view's topic has, which {@link #isStill} goes by from then on; as was last heard if it is not
     * there. Blocks.
     *
     * @throws KafkaException if Kafka does not answer in time
     */
    int partitions(BaseView view) {
        return partitions.of(Set.of(view.topic())).getOrDefault(view.topic(), partitions.known(view.topic()));
    }

    /** Whether a live view is declared like this, and its topic has so many partitions, as was last heard. Does not block. */
    boolean isStill(BaseView view, int count) {
        return views.all().contains(view) && partitions.known(view.topic()) == count;
    }

    /**
     * The log in so many partitions.
     *
     * @param consumer that nobody else uses meanwhile
     */
    ViewLog of(BaseView view, int count, Consumer<byte[], byte[]> consumer) {
        return new ViewLog(view, count, consumer, committed, mapper);
    }

    /** A consumer without a group. */
    Consumer<byte[], byte[]> consumer() {
        return Readers.open(kafka, SETTINGS);
    }

    /** Also on a thread that has been interrupted. */
    static void close(Consumer<?, ?> consumer) {
        Thread.interrupted();
        try {
            consumer.close(CloseOptions.timeout(CLOSE_PATIENCE));
        } catch (KafkaException e) {
            LOG.debugf(e, "A feeds' consumer was closed in a hurry");
        }
    }
}
