/**
 * Reading the live views: on a hot standby while it may be read, else on the primary; every query ends in time. What
 * people have been forgotten of is not shown.
 */
package io.streamviews.view;
