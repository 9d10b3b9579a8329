package io.streamviews.view;

import java.util.List;
import java.util.Set;

/**
 * An index that lists can be read by: of all rows, in the order that PostgreSQL sorts its columns in.
 *
 * @param keys up to the first that is no plain column in the usual order
 * @param unique the columns of which no two rows have the same; empty if there may be such rows
 */
record ViewIndex(List<Key> keys, Set<String> unique) {

    record Key(String column, boolean descending) {}
}
