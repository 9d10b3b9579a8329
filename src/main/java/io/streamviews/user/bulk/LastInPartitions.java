package io.streamviews.user.bulk;

import io.streamviews.consistency.ConsistencyToken;
import io.streamviews.kafka.Partitions;
import io.streamviews.user.UserEvent;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The last user of a stream in each partition. Views that hold these hold the whole stream: its chunks are committed one
 * after the other, the relay publishes in the order of commits, and the views apply a partition in its order.
 */
final class LastInPartitions {

    private final int partitions;
    private final Map<Integer, Long> byPartition;

    private LastInPartitions(int partitions, Map<Integer, Long> byPartition) {
        this.partitions = partitions;
        this.byPartition = byPartition;
    }

    /** @param ids the last of each partition, at a time when there may have been another number of partitions */
    static LastInPartitions of(int partitions, List<Long> ids) {
        return new LastInPartitions(partitions, Map.of())
                .and(ids.stream().sorted().toList());
    }

    /** @param ids of the users that were created next, in the order of the log */
    LastInPartitions and(List<Long> ids) {
        Map<Integer, Long> last = new TreeMap<>(byPartition);
        ids.forEach(id -> last.put(Partitions.of(Long.toString(id), partitions), id));
        return new LastInPartitions(partitions, last);
    }

    List<Long> ids() {
        return List.copyOf(byPartition.values());
    }

    /** The token of all users so far; null if there are none. */
    ConsistencyToken token() {
        return byPartition.isEmpty()
                ? null
                : new ConsistencyToken(byPartition.values().stream()
                        .map(id -> new ConsistencyToken.Write(UserEvent.AGGREGATE, id, 1))
                        .toList());
    }
}
