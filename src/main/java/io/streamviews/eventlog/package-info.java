/**
 * The event log, which is also the outbox: everything that happened, in the order in which it is published. A command changes
 * its entity and appends its event in one transaction; commands on one entity run one after the other, and the relay is woken
 * after each commit.
 *
 * <p>What changes an entity goes through {@link io.streamviews.eventlog.Transactions}, what happened through {@link
 * io.streamviews.eventlog.EventLog}. Knows PostgreSQL and which topic an entity has; no entity by its name.
 */
package io.streamviews.eventlog;
