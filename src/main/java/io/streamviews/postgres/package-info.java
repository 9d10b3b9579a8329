/**
 * Connections to PostgreSQL on which every wait ends: a statement that is not answered in time is cut off together
 * with its connection, and what it did is not known. Also here: migrations that take long, the start while the
 * database is away, pages that are bounded in bytes, what is deleted when it is old; work that one process does, the one
 * whose session holds a lock; and when work is done: once for many, every so often, after a pause that doubles.
 *
 * <p>Knows no other package.
 */
package io.streamviews.postgres;
