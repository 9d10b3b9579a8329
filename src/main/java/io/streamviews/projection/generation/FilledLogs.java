package io.streamviews.projection.generation;

import io.streamviews.kafka.LogOffsets;
import io.streamviews.projection.Position;
import io.streamviews.projection.PositionSql;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jboss.logging.Logger;

/** The logs that a generation is filled from: one that has become shorter, or another one, never comes to its end. */
public final class FilledLogs {

    /** Of a generation that is not filled yet. */
    static final FilledLogs NONE = new FilledLogs(null, Map.of(), Map.of(), Map.of());

    private static final int MOST_LOOKS = 3;

    private static final Logger LOG = Logger.getLogger(FilledLogs.class);

    private final LogOffsets offsets;
    private final Map<String, String> topicIds;
    private final Map<TopicPartition, Long> bases;
    private final Map<TopicPartition, Long> beginnings;
    private int looksInVain;

    /** @param starts what was taken over */
    FilledLogs(LogOffsets offsets, Collection<Position> starts) {
        this(
                offsets,
                starts.stream()
                        .collect(Collectors.toMap(
                                start -> start.partition().topic(), Position::topicId, (one, same) -> one)),
                starts.stream().collect(Collectors.toMap(Position::partition, Position::base)),
                offsets.beginnings(starts.stream().map(Position::partition).toList()));
    }

    private FilledLogs(
            LogOffsets offsets,
            Map<String, String> topicIds,
            Map<TopicPartition, Long> bases,
            Map<TopicPartition, Long> beginnings) {
        this.offsets = offsets;
        this.topicIds = topicIds;
        this.bases = bases;
        this.beginnings = beginnings;
    }

    /** What a topic does not hold any more. */
    public RemovedPlaces removed(String topic) {
        List<RemovedPlaces.Range> logs = beginnings.entrySet().stream()
                .filter(each -> each.getKey().topic().equals(topic))
                .map(each -> new RemovedPlaces.Range(bases.get(each.getKey()), firstPlace(each.getKey())))
                .toList();
        return logs.isEmpty() ? RemovedPlaces.ALL : RemovedPlaces.of(logs);
    }

    Set<TopicPartition> partitions() {
        return beginnings.keySet();
    }

    /** The place from which on a partition holds its events. */
    long firstPlace(TopicPartition partition) {
        return beginnings.get(partition) + bases.get(partition);
    }

    /** Whether a place is the same in each generation: no log was ever made anew or truncated. */
    public boolean hasPlainPlaces() {
        return bases.values().stream().allMatch(base -> base % PositionSql.ADDED_LATER == 0);
    }

    /** Offsets from the beginnings on. */
    long eventsUpTo(Map<TopicPartition, Long> offsets) {
        return offsets.entrySet().stream()
                .mapToLong(each -> Math.max(0, each.getValue() - beginnings.getOrDefault(each.getKey(), 0L)))
                .sum();
    }

    /**
     * Asks Kafka. While it cannot be asked nothing is lost: the fill waits for it, too. A broker that has just come back may not know
     * a topic for a moment.
     *
     * @param ends up to where they are read
     * @throws IllegalStateException if a topic is gone: who begins again without it comes to an end
     */
    void refuseLost(Map<TopicPartition, Long> ends) {
        Set<TopicPartition> lost;
        try {
            Map<String, String> ids =
                    offsets.topicIds(topicIds.keySet()).await().indefinitely();
            Map<TopicPartition, Long> now = offsets.ends(ends.keySet());
            lost = ends.keySet().stream()
                    .filter(partition -> now.get(partition) < ends.get(partition)
                            || !topicIds.get(partition.topic()).equals(ids.get(partition.topic())))
                    .collect(Collectors.toSet());
            looksInVain = 0;
        } catch (RuntimeException away) {
            LOG.debug("Not known whether the logs are still the same", away);
            looksInVain = away instanceof UnknownTopicOrPartitionException ? looksInVain + 1 : 0;
            if (looksInVain == MOST_LOOKS) {
                throw new IllegalStateException("A topic that the generation is filled from is gone", away);
            }
            return;
        }
        if (!lost.isEmpty()) {
            throw new LostLogException(lost);
        }
    }
}
