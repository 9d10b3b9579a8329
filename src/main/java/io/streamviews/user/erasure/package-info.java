/** Forgets people, and says what was erased where, and what remains until when. */
package io.streamviews.user.erasure;
