package io.streamviews.projection.deadletter;

/** Where a record stands in Kafka. */
public record RecordCoordinates(String topic, int partition, long offset) {

    /** As pages of dead letters name it: {@code topic/partition/offset}. */
    @Override
    public String toString() {
        return topic + "/" + partition + "/" + offset;
    }
}
