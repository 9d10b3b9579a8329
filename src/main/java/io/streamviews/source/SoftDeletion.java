package io.streamviews.source;

import java.util.Set;

/** What a record says that has a value although its row is gone. */
final class SoftDeletion {

    private final int slot;
    private final Set<String> values;

    /** @param said null if nothing says so */
    SoftDeletion(Slots slots, Declaration.Deleted said) {
        this.slot = said == null
                ? -1
                : slots.add("what says that it is deleted", Location.of(said.path()), ColumnType.LABEL);
        this.values = said == null ? Set.of() : said.values();
    }

    boolean isSaid(Object[] found) {
        return slot >= 0 && found[slot] != null && values.contains(found[slot].toString());
    }
}
