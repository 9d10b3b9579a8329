package io.streamviews.projection.generation;

import java.util.Collection;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;

/** What a generation was filled from is no longer there, and what is there now may say something else: begin again. */
public final class LostLogException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    LostLogException(Collection<TopicPartition> partitions) {
        super("Made anew or truncated while it was read: "
                + partitions.stream().map(TopicPartition::toString).sorted().collect(Collectors.joining(", "))
                + "; begin again");
    }
}
