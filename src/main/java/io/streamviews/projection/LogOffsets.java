package io.streamviews.projection;

import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;

/** Where partitions begin and end just now. Blocks, no longer than the admin client's time-outs. */
public final class LogOffsets {

    private final Admin admin;

    public LogOffsets(Admin admin) {
        this.admin = admin;
    }

    /** The first offset that is there. */
    public Map<TopicPartition, Long> beginnings(Collection<TopicPartition> partitions) {
        return of(partitions, OffsetSpec.earliest());
    }

    /** The offset that the next record will have. */
    public Map<TopicPartition, Long> ends(Collection<TopicPartition> partitions) {
        return of(partitions, OffsetSpec.latest());
    }

    /** The first offset whose record is not older than {@code time}; negative if there is none. */
    public Map<TopicPartition, Long> since(Collection<TopicPartition> partitions, Instant time) {
        return of(partitions, OffsetSpec.forTimestamp(time.toEpochMilli()));
    }

    private Map<TopicPartition, Long> of(Collection<TopicPartition> partitions, OffsetSpec spec) {
        try {
            return admin
                    .listOffsets(
                            partitions.stream().collect(Collectors.toMap(partition -> partition, partition -> spec)))
                    .all()
                    .get()
                    .entrySet()
                    .stream()
                    .collect(Collectors.toMap(
                            Map.Entry::getKey, entry -> entry.getValue().offset()));
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new KafkaException(e.getCause());
        }
    }
}
