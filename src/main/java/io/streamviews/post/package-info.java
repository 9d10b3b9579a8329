/**
 * Posts: commands on them, their events, and the views of them and of their authors. Commands are made as those on users are.
 * A new post needs an author whom the views know; one who was created just now is waited for.
 *
 * <p>May know everything, users included; nobody may know it.
 */
package io.streamviews.post;
