/**
 * What operators have done to whole views: a rebuild makes and fills a new generation beside the live one and
 * exchanges them in one transaction; a roll-back exchanges them again; a replay reads events again into the live one.
 * One at a time, in all processes, and each is a row that says how it went.
 */
package io.streamviews.rebuild;
