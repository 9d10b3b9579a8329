/**
 * A stream of users of any length in one request. It is committed in chunks, and what has been committed stays; memory for a
 * stream is bounded, however fast or slow its client is. With an idempotency key the stream can be sent again after it broke
 * off: a checkpoint, written by each chunk's transaction, says where it goes on.
 *
 * <p>All of a stream happens on its request's event loop, which it must not block.
 */
package io.streamviews.user.bulk;
