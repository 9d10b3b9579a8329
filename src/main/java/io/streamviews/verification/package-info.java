/**
 * Proof: the live views are compared with their definitions, and, if asked to be deep, with a generation read anew
 * from the topics. Nothing is changed; a difference is named by row. Reads of one snapshot, so that batches that go on
 * are no difference.
 */
package io.streamviews.verification;
