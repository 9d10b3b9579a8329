package io.streamviews.admin;

import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.mutiny.Uni;
import io.streamviews.eventlog.Entities;
import io.streamviews.eventlog.Entity;
import io.streamviews.kafka.LogOffsets;
import io.streamviews.kafka.PartitionCounts;
import io.streamviews.kafka.Partitions;
import io.streamviews.kafka.TopicsConfig;
import io.streamviews.projection.generation.Views;
import io.streamviews.rest.RefusedException;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * From where to where the topics go that we publish or keep views from, as the broker says at this moment; other topics are
 * none.
 */
@ApplicationScoped
class TopicExtents {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final LogOffsets offsets;
    private final PartitionCounts counts;
    private final Entities entities;
    private final Views views;
    private final TopicsConfig config;

    TopicExtents(Admin admin, PartitionCounts counts, Entities entities, Views views, TopicsConfig config) {
        this.offsets = new LogOffsets(admin);
        this.counts = counts;
        this.entities = entities;
        this.views = views;
        this.config = config;
    }

    List<String> topics() {
        Stream<String> ours = config.create() ? entities.all().stream().map(Entity::topic) : Stream.empty();
        return Stream.concat(ours, views.topics().stream()).distinct().toList();
    }

    /**
     * The extent of each partition, or of one.
     *
     * @param from see {@link ReadFrom#parse}
     * @param partition as text; null: all
     * @throws RefusedException (404) if the topic is not one of these or does not exist, (400) for other values that mean
     *     nothing, (503) if Kafka does not answer
     */
    Uni<List<Extent>> of(String topic, String from, String partition) {
        if (!topics().contains(topic)) {
            throw RefusedException.absent("Topic %s is not one of %s".formatted(topic, String.join(", ", topics())));
        }
        ReadFrom start = ReadFrom.parse(from);
        List<TopicPartition> partitions = partitions(topic, partition);
        Uni<Map<TopicPartition, Long>> beginnings = offsets.beginningsNow(partitions);
        Uni<Map<TopicPartition, Long>> ends = offsets.endsNow(partitions);
        Uni<Map<TopicPartition, Long>> starts =
                start.spec() == null ? Uni.createFrom().item(Map.of()) : offsets.of(partitions, start.spec());
        return Uni.combine()
                .all()
                .unis(beginnings, ends, starts)
                // one after the other: a second failure would be dropped, with a stack trace
                .usingConcurrencyOf(1)
                .with((beginning, end, found) -> partitions.stream()
                        .map(each -> Extent.of(
                                each.partition(),
                                beginning.get(each),
                                end.get(each),
                                found.getOrDefault(each, start.offset())))
                        .toList())
                .ifNoItem()
                .after(PATIENCE)
                .failWith(() -> RefusedException.unavailable("Kafka does not answer"))
                .onFailure(UnknownTopicOrPartitionException.class)
                .transform(unknown -> RefusedException.absent("Topic " + topic + " does not exist"))
                .onFailure(KafkaException.class)
                .transform(away -> RefusedException.unavailable("Kafka cannot be asked: " + away.getMessage()));
    }

    private List<TopicPartition> partitions(String topic, String partition) {
        int count = counts.known(topic);
        if (partition == null) {
            return Partitions.all(Map.of(topic, count));
        }
        if (!partition.matches("\\d{1,9}") || Integer.parseInt(partition) >= count) {
            throw RefusedException.violation("partition", "must be from 0 to " + (count - 1));
        }
        return List.of(new TopicPartition(topic, Integer.parseInt(partition)));
    }

    /**
     * What there is of a partition.
     *
     * @param beginning offset of the first event that is kept
     * @param end offset of the next event to come
     * @param from offset at which reading begins, from {@code beginning} to {@code end}
     */
    @RegisterForReflection
    record Extent(int partition, long beginning, long end, long from) {

        /** @param wanted less than 0: there is nothing so late */
        static Extent of(int partition, long beginning, long end, long wanted) {
            long from = wanted < 0 ? end : Math.max(beginning, Math.min(end, wanted));
            return new Extent(partition, beginning, end, from);
        }
    }
}
