/**
 * Events that could not be applied: counted, listed, retried, discarded. They are written by the batch that met them,
 * and retried under the same locks, with their own places, so that a retry never overwrites what is newer.
 */
package io.streamviews.projection.deadletter;
