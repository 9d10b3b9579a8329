/**
 * Reads that see what was written: a command answers with a token that names what it wrote, and a read that brings it
 * waits until the views hold that, or refuses after a bounded time with the reason. A wait costs no thread.
 */
package io.streamviews.consistency;
