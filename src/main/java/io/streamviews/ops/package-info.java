/**
 * What the system says of itself: health, status, metrics; the second port. Nothing knows this package.
 */
package io.streamviews.ops;
