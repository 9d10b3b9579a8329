/**
 * The topics that this application writes, offsets, and the clients that ask for them. A topic is there, with as many
 * partitions as it is meant to have, before anything is published or consumed.
 *
 * <p>Knows no other package.
 */
package io.streamviews.kafka;
