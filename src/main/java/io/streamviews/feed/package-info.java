/**
 * Live feeds (server-sent events) of views and topics: a snapshot, then each change in the order of the topic, from
 * any place that is still kept. One reader of a topic serves all its feeds; who does not read holds up nobody, and is
 * cut in the end.
 */
package io.streamviews.feed;
