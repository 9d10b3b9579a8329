/**
 * What several resources need of HTTP: pages, entity tags, preconditions, idempotency keys, problem documents (RFC
 * 9457), and the limits that keep one client from using up what all share. Whatever is refused is refused with a
 * problem document.
 *
 * <p>May know the event log, whose histories, times and texts it reads.
 */
package io.streamviews.rest;
