package io.streamviews.view;

/**
 * What a list is sorted by. NULL counts as greater than all else, as PostgreSQL's indexes have it.
 *
 * @param column null for the hash of the whole row, which tells rows apart that have no key
 */
record SortKey(ViewColumn column, boolean descending) {

    /** The row's, as the queries name it. */
    static final String ROW = "v";

    String sql() {
        return column == null ? "md5((%s.*)::text)".formatted(ROW) : ROW + "." + column.identifier();
    }

    String cast() {
        return column == null ? "text" : column.cast();
    }

    boolean isNullable() {
        return column != null && column.isNullable();
    }

    String direction() {
        return descending ? " DESC" : "";
    }

    String following() {
        return descending ? "<" : ">";
    }

    @Override
    public String toString() {
        return (descending ? "-" : "") + (column == null ? "*" : column.name());
    }
}
