package io.streamviews.kafka;

import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/**
 * First and last offsets of partitions. An end is the last stable offset: records of open transactions stand behind it.
 * Every call ends in bounded time.
 */
@Singleton
public final class LogOffsets {

    private static final int PATIENCE_MS = (int) Duration.ofSeconds(5).toMillis();

    private final Admin admin;

    public LogOffsets(Admin admin) {
        this.admin = admin;
    }

    /** The first offset that is there. Blocks, as those below do. */
    public Map<TopicPartition, Long> beginnings(Collection<TopicPartition> partitions) {
        return beginningsNow(partitions).await().indefinitely();
    }

    /** The offset that the next record will have. */
    public Map<TopicPartition, Long> ends(Collection<TopicPartition> partitions) {
        return endsNow(partitions).await().indefinitely();
    }

    /** The same, with what transactions that have not ended yet have written: all that will be there. */
    public Map<TopicPartition, Long> veryEnds(Collection<TopicPartition> partitions) {
        return veryEndsNow(partitions).await().indefinitely();
    }

    /** The first offset whose record is not older than {@code time}; negative if there is none. */
    public Map<TopicPartition, Long> since(Collection<TopicPartition> partitions, Instant time) {
        return of(partitions, at(time)).await().indefinitely();
    }

    /** To the broker, times before 1970 mean something else: the beginning, the end, or nothing. No record is older. */
    public static OffsetSpec at(Instant time) {
        return OffsetSpec.forTimestamp(Math.max(0, time.toEpochMilli()));
    }

    /** The same as {@link #ends}, without blocking. */
    public Uni<Map<TopicPartition, Long>> endsNow(Collection<TopicPartition> partitions) {
        return of(partitions, OffsetSpec.latest());
    }

    /** The same as {@link #veryEnds}, without blocking. */
    public Uni<Map<TopicPartition, Long>> veryEndsNow(Collection<TopicPartition> partitions) {
        return of(partitions, OffsetSpec.latest(), IsolationLevel.READ_UNCOMMITTED);
    }

    /** The same as {@link #beginnings}, without blocking. */
    public Uni<Map<TopicPartition, Long>> beginningsNow(Collection<TopicPartition> partitions) {
        return of(partitions, OffsetSpec.earliest());
    }

    public Uni<Map<TopicPartition, Long>> of(Collection<TopicPartition> partitions, OffsetSpec spec) {
        return of(partitions, spec, IsolationLevel.READ_COMMITTED);
    }

    /** The id of each topic that is there; one that is made anew gets another. */
    public Uni<Map<String, String>> topicIds(Collection<String> topics) {
        return describe(topics, topic -> topic.topicId().toString());
    }

    private <T> Uni<Map<String, T>> describe(Collection<String> topics, Function<TopicDescription, T> what) {
        return ask(admin.describeTopics(topics, new DescribeTopicsOptions().timeoutMs(PATIENCE_MS))
                        .allTopicNames())
                .map(found -> found.entrySet().stream()
                        .collect(Collectors.toMap(Map.Entry::getKey, topic -> what.apply(topic.getValue()))));
    }

    /**
     * What Kafka says to who takes partitions over.
     *
     * @param group whose committed offsets count; null: nobody's
     */
    public TopicLogs ofGroup(String group) {
        return new TopicLogs() {

            @Override
            public Uni<Map<String, Integer>> counts(Collection<String> topics) {
                return describe(topics, topic -> topic.partitions().size());
            }

            @Override
            public Uni<List<PartitionLog>> of(Collection<TopicPartition> partitions) {
                return logs(partitions, group);
            }
        };
    }

    /**
     * All that is known of partitions, to their very ends.
     *
     * @param group whose committed offsets are asked for; null: nobody's
     */
    public Uni<List<PartitionLog>> logs(Collection<TopicPartition> partitions, String group) {
        List<String> topics =
                partitions.stream().map(TopicPartition::topic).distinct().toList();
        return Uni.combine()
                .all()
                .unis(
                        topicIds(topics),
                        of(partitions, OffsetSpec.earliest(), IsolationLevel.READ_UNCOMMITTED),
                        of(partitions, OffsetSpec.latest(), IsolationLevel.READ_UNCOMMITTED),
                        group == null
                                ? Uni.createFrom().item(Map.<TopicPartition, OffsetAndMetadata>of())
                                : committed(group))
                // one after the other: a second failure would be dropped, with a stack trace
                .usingConcurrencyOf(1)
                .with((ids, beginnings, ends, committed) -> partitions.stream()
                        .map(partition -> new PartitionLog(
                                partition,
                                ids.get(partition.topic()),
                                beginnings.get(partition),
                                ends.get(partition),
                                committed.get(partition) == null
                                        ? null
                                        : committed.get(partition).offset()))
                        .toList());
    }

    private Uni<Map<TopicPartition, OffsetAndMetadata>> committed(String group) {
        return ask(admin.listConsumerGroupOffsets(group, new ListConsumerGroupOffsetsOptions().timeoutMs(PATIENCE_MS))
                .partitionsToOffsetAndMetadata());
    }

    private Uni<Map<TopicPartition, Long>> of(
            Collection<TopicPartition> partitions, OffsetSpec spec, IsolationLevel isolation) {
        return ask(admin.listOffsets(
                                partitions.stream()
                                        .collect(Collectors.toMap(partition -> partition, partition -> spec)),
                                new ListOffsetsOptions(isolation).timeoutMs(PATIENCE_MS))
                        .all())
                .map(found -> found.entrySet().stream()
                        .collect(Collectors.toMap(
                                Map.Entry::getKey, entry -> entry.getValue().offset())));
    }

    private static <T> Uni<T> ask(KafkaFuture<T> answer) {
        return Uni.createFrom().completionStage(answer.toCompletionStage());
    }
}
