/**
 * Servers for development and tests: PostgreSQL and Kafka in this machine, without a container engine. Not in the
 * packaged application, and nothing knows this package.
 */
package io.streamviews.dev;
