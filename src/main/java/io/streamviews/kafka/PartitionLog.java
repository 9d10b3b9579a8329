package io.streamviews.kafka;

import org.apache.kafka.common.TopicPartition;

/**
 * What Kafka says of a partition, at a moment after its epoch was raised: then no former owner can still move the
 * position, and one that lies behind the end is not to be explained by a record that came meanwhile.
 *
 * @param beginning the first offset that is there
 * @param end the offset that the next record will have
 * @param committed the group's committed offset, null if it has none
 */
public record PartitionLog(TopicPartition partition, String topicId, long beginning, long end, Long committed) {}
