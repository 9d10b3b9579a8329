/**
 * Generations: complete sets of views, each in a schema. How one is made (by the engine's files, then the view files), filled from the topics by all
 * cores, taken care of (what others have bound to the views goes along), and exchanged with the live one. {@code
 * LiveProjection} is where the live generation's engine is put together, and {@code LiveStreams} starts it.
 */
package io.streamviews.projection.generation;
