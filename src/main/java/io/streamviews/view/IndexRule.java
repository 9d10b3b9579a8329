package io.streamviews.view;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Whether a list costs no more than its pages: an index begins with the columns that are the same in all rows asked for,
 * and goes on with those that the list is sorted by, either way round; a range is one of the first of these. What an index
 * does not look up would be looked for among rows without end.
 */
final class IndexRule {

    private final Selection selection;
    private final Set<String> equal;
    private final Set<String> restricted;
    private final List<SortKey> order;

    IndexRule(Selection selection) {
        this.selection = selection;
        this.equal = selection.equal();
        this.restricted = selection.restricted();
        this.order = selection.order();
    }

    boolean isServed() {
        Set<String> sorted =
                order.isEmpty() ? Set.of() : Set.of(order.get(0).column().name());
        return selection.view().isUnique(equal)
                || sorted.containsAll(restricted)
                        && selection.view().indexes().stream().anyMatch(this::serves);
    }

    private boolean serves(ViewIndex index) {
        List<ViewIndex.Key> keys = index.keys();
        Set<String> same = new HashSet<>();
        int begin = 0;
        while (begin < keys.size() && equal.contains(keys.get(begin).column())) {
            same.add(keys.get(begin++).column());
        }
        if (same.size() < equal.size() || keys.size() - begin < order.size()) {
            return false;
        }
        for (int i = 0; i < order.size(); i++) {
            ViewIndex.Key key = keys.get(begin + i);
            boolean sameWay = key.descending() == order.get(i).descending();
            boolean firstSameWay = keys.get(begin).descending() == order.get(0).descending();
            if (!key.column().equals(order.get(i).column().name()) || sameWay != firstSameWay) {
                return false;
            }
        }
        return true;
    }

    /** What would have to be done, for people. */
    String advice() {
        List<String> columns = new ArrayList<>();
        selection.filters().stream()
                .filter(Filter::isEquality)
                .map(filter -> filter.column().identifier())
                .distinct()
                .forEach(columns::add);
        String first = order.isEmpty() ? null : order.get(0).column().name();
        String range = restricted.stream()
                .filter(name -> !name.equals(first))
                .sorted()
                .findFirst()
                .orElse(null);
        boolean descending = order.stream().anyMatch(SortKey::descending);
        boolean mixed = descending && order.stream().anyMatch(key -> !key.descending());
        Stream<String> sorted = order.stream()
                .filter(key -> !key.column().name().equals(range))
                .map(key -> key.column().identifier() + (mixed ? key.direction() : ""));
        Stream.concat(range == null ? Stream.of() : Stream.of(ViewColumn.quoted(range)), sorted)
                .forEach(columns::add);
        String index = columns.stream()
                .map(IndexRule::plain)
                .collect(Collectors.joining(
                        ", ",
                        "CREATE INDEX ON "
                                + plain(ViewColumn.quoted(selection.view().name())) + " (",
                        ")"));
        return range == null
                ? index
                : index + ", and sort by " + range + " first; an index serves ranges of one column";
    }

    /** Without the quotes, where people need none. */
    private static String plain(String identifier) {
        return identifier.replaceFirst("^\"([a-z_][a-z0-9_]*)\"", "$1");
    }
}
