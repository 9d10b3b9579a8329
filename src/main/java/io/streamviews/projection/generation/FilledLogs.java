package io.streamviews.projection.generation;

import io.streamviews.kafka.LogOffsets;
import io.streamviews.projection.Position;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

/** The logs that a generation is filled from: one that has become shorter, or another one, never comes to its end. */
final class FilledLogs {

    private static final Logger LOG = Logger.getLogger(FilledLogs.class);

    private final LogOffsets offsets;
    private final Map<String, String> topicIds;

    /** @param starts what was taken over */
    FilledLogs(LogOffsets offsets, Collection<Position> starts) {
        this.offsets = offsets;
        this.topicIds = starts.stream()
                .collect(Collectors.toMap(start -> start.partition().topic(), Position::topicId, (one, same) -> one));
    }

    /**
     * Asks Kafka. While it cannot be asked nothing is lost: the fill waits for it, too.
     *
     * @param ends up to where they are read
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
        } catch (RuntimeException away) {
            LOG.debug("Not known whether the logs are still the same", away);
            return;
        }
        if (!lost.isEmpty()) {
            throw new LostLogException(lost);
        }
    }
}
