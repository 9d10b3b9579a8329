package io.streamviews.view;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A table or view that can be read over REST.
 *
 * @param key the primary key; empty if there is none
 * @param estimatedRows as PostgreSQL last counted; null if it has not, or it is no table
 * @param reads other views that its query reads
 * @param keptFrom base views and others that it is kept from, beside those
 */
record CatalogView(
        String name,
        Kind kind,
        String comment,
        List<ViewColumn> columns,
        List<String> key,
        List<ViewIndex> indexes,
        Long estimatedRows,
        Set<String> reads,
        Set<String> keptFrom) {

    /** What it is to people. */
    enum Kind {
        BASE,
        DERIVED,
        TABLE,
        VIEW
    }

    Optional<ViewColumn> column(String column) {
        return columns.stream().filter(each -> each.name().equals(column)).findFirst();
    }

    /** As SQL names it. */
    String table() {
        return Catalog.SCHEMA + "." + ViewColumn.quoted(name);
    }

    /** The views whose rows it shows, itself included. */
    Set<String> shown() {
        Set<String> shown = new TreeSet<>(reads);
        shown.add(name);
        return shown;
    }

    /** Whether its rows can be told apart by a key, so that pages go on behind one. */
    boolean hasKey() {
        return !key.isEmpty();
    }

    /** Whether no two rows have the same of these columns. */
    boolean isUnique(Set<String> columns) {
        return indexes.stream()
                .map(ViewIndex::unique)
                .anyMatch(unique -> !unique.isEmpty() && columns.containsAll(unique));
    }
}
