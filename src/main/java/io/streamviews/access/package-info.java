/** Who may do what: roles, who has them, and what browsers may be made to do. */
package io.streamviews.access;
