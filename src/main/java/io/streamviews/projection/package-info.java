/**
 * The engine: Kafka Streams tasks collect records into batches, and a batch is one PostgreSQL transaction that moves
 * the positions, changes the rows of base views and what derives from them, and keeps the events that cannot be
 * applied.
 *
 * <p>What it guarantees: an event changes a view exactly once, whatever dies and whenever. PostgreSQL is the
 * authority: a position is committed with the rows; a task takes a partition over by raising its epoch, and who has an
 * older one writes nothing; reading an event again changes nothing.
 *
 * <p>Methods of a task are called on its stream thread; batches are written on event loops, which nothing may block.
 * Knows no view by name, and nothing of REST.
 */
package io.streamviews.projection;
