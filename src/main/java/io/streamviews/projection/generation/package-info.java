/**
 * Generations: complete sets of views, each in a schema. How one is made (migrations), filled from the topics by all
 * cores, taken care of (what others have bound to the views goes along), and exchanged with the live one. {@code
 * LiveProjection} is where the live generation's engine is put together.
 */
package io.streamviews.projection.generation;
