package io.streamviews.projection;

import io.streamviews.projection.generation.Generation;
import java.util.List;
import org.apache.kafka.clients.producer.RecordMetadata;

/**
 * Events that a generation says Kafka has lost.
 *
 * @param to null if nobody knows how many they were
 */
record Lost(int partition, long from, Long to) {

    static List<Lost> in(Generation generation, String reason) {
        return generation
                .query("SELECT partition, from_offset, to_offset FROM %s.projection_gap WHERE reason = '" + reason
                        + "'")
                .stream()
                .map(row -> new Lost(row.getInteger(0), row.getLong(1), row.getLong(2)))
                .toList();
    }

    boolean covers(RecordMetadata place) {
        return place.partition() == partition && place.offset() >= from && (to == null || place.offset() < to);
    }
}
