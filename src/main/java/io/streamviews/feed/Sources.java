package io.streamviews.feed;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.smallrye.common.annotation.Identifier;
import io.streamviews.event.TopicsConfig;
import io.streamviews.projection.BaseView;
import io.streamviews.rest.RefusedException;
import io.streamviews.view.Commits;
import io.streamviews.view.Views;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Opens the source of a view's changes. */
@ApplicationScoped
class Sources {

    /** Little at a time: there may be many clients. */
    private static final Map<String, Object> SETTINGS = Map.of(
            ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
            "none",
            ConsumerConfig.ISOLATION_LEVEL_CONFIG,
            "read_committed",
            ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
            false,
            ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
            200,
            ConsumerConfig.FETCH_MAX_BYTES_CONFIG,
            1 << 20,
            ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG,
            1 << 18,
            ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
            5_000,
            ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG,
            5_000);

    private final Views views;
    private final Committed committed;
    private final Commits commits;
    private final Snapshots snapshots;
    private final ObjectMapper mapper;
    private final int partitions;
    private final Map<String, Object> kafka;

    Sources(
            Views views,
            Committed committed,
            Commits commits,
            Snapshots snapshots,
            ObjectMapper mapper,
            TopicsConfig topics,
            @Identifier("default-kafka-broker") Map<String, Object> kafka) {
        this.views = views;
        this.committed = committed;
        this.commits = commits;
        this.snapshots = snapshots;
        this.mapper = mapper;
        this.partitions = topics.partitions();
        this.kafka = kafka;
    }

    /**
     * Blocks.
     *
     * @param view its table's name; hyphens stand for underscores
     * @param lastEventId null if the client has seen none
     * @param from {@code earliest} to begin with all there is, if the client has seen none; null to begin now
     * @throws RefusedException if there is no such view, or no such place
     */
    Source open(String view, String lastEventId, String from) {
        String name = view.replace('-', '_');
        if (from != null && !from.equals("earliest")) {
            throw RefusedException.violation("from", "must be earliest, or absent");
        }
        Optional<BaseView<?>> base =
                views.all().stream().filter(known -> known.table().equals(name)).findFirst();
        if (base.isPresent()) {
            Map<Integer, Long> earliest = from == null ? null : Map.of();
            return open(base.get(), lastEventId == null ? earliest : Places.of(lastEventId, partitions));
        }
        if (!committed.isDerivedView(name)) {
            throw RefusedException.absent("There is no view " + name);
        }
        return new SnapshotSource(name, snapshots, commits, lastEventId);
    }

    private Source open(BaseView<?> view, Map<Integer, Long> places) {
        List<TopicPartition> all = IntStream.range(0, partitions)
                .mapToObj(number -> new TopicPartition(view.topic(), number))
                .toList();
        Consumer<byte[], byte[]> consumer = consumer();
        try {
            return new TopicSource(view, consumer, all, places, committed, commits, mapper);
        } catch (RuntimeException e) {
            consumer.close();
            throw e;
        }
    }

    private Consumer<byte[], byte[]> consumer() {
        Map<String, Object> settings = new HashMap<>();
        kafka.forEach((key, value) -> {
            if (ConsumerConfig.configNames().contains(key) && !key.equals(ConsumerConfig.GROUP_ID_CONFIG)) {
                settings.put(key, value);
            }
        });
        settings.putAll(SETTINGS);
        return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }
}
