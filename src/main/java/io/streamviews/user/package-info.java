/**
 * Users: commands on them, their events, and the views of them. A command is one transaction with entity and event, and is
 * answered with a token that makes a read see it. Requests that create users at the same time are committed as a group. A
 * request that is sent again with its idempotency key takes effect once.
 *
 * <p>May know everything but posts; nobody but posts may know it.
 */
package io.streamviews.user;
