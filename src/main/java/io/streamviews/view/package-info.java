/**
 * Reading the live views: on a hot standby while it may be read, else on the primary; every query ends in time. What
 * people have been forgotten of is not shown. Any table or view of the live schema can be read over REST, by what
 * PostgreSQL's catalogue says of it: names come from there alone, and values are never part of SQL.
 */
package io.streamviews.view;
