package io.streamviews.postgres;

import java.time.Duration;

/**
 * How long a connection waits, and for what.
 *
 * @param handshake for PostgreSQL to let it in, once TCP has connected
 * @param rest with nothing to answer, before it asks whether PostgreSQL is still there
 * @param silence for an answer, before another connection asks whether PostgreSQL is still at it
 * @param limit for an answer, unless {@link Patience} says otherwise
 */
record Waits(Duration handshake, Duration rest, Duration silence, Duration limit) {}
