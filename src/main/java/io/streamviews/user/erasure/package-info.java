/**
 * Erases what is personal of a user from the log, the topics, the views and what operators have written, and certifies what
 * was erased where, and what remains until when. An erasure outlives the process: it is a row with a state, and any instance
 * takes the next step; each step can be repeated.
 *
 * <p>Blocks: runs on worker threads, with JDBC.
 */
package io.streamviews.user.erasure;
