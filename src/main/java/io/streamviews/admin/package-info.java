/**
 * Resources for operators: dead letters, topics and their records.
 */
package io.streamviews.admin;
