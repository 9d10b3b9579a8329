/**
 * What a record of a topic says of a row of a base view: the declaration in the view's file ({@code CALL source(...)}), the
 * envelopes that records come in, the types of columns. Pure functions of a record; knows neither Kafka's clients nor a
 * connection to PostgreSQL.
 */
package io.streamviews.source;
