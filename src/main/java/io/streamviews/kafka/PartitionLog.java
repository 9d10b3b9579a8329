package io.streamviews.kafka;

import org.apache.kafka.common.TopicPartition;

/**
 * What Kafka says of a partition. Asked after its epoch was raised, when no former owner can move the position any
 * more: so a position past the end means that the log was truncated.
 *
 * @param beginning the first offset that is there
 * @param end the offset that the next record will have
 * @param committed the group's committed offset, null if it has none
 */
public record PartitionLog(TopicPartition partition, String topicId, long beginning, long end, Long committed) {}
