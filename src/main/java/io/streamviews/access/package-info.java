/**
 * Who may do what: roles, who has them, and what browsers may be made to do. Every request passes {@code Access} before its body
 * is read; {@code Operations} says which role a method and path need. There are no annotations at the resources.
 */
package io.streamviews.access;
