/**
 * The way from the event log to Kafka: every committed event is published at least once, those of one entity in their order.
 * One relay is active among all processes; one that dies, is frozen or cut off is replaced in bounded time. The cursor moves
 * after the broker's acknowledgement.
 *
 * <p>Knows the event log and Kafka. Can be switched off, and Debezium used instead.
 */
package io.streamviews.relay;
