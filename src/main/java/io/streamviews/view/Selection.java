package io.streamviews.view;

import static java.util.stream.Collectors.toSet;

import io.streamviews.rest.RefusedException;
import io.vertx.core.net.impl.URIDecoder;
import jakarta.ws.rs.core.MultivaluedMap;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Which rows of a view are asked for, what of them, and in which order; the order tells all rows apart.
 *
 * @param shown the columns of the answer
 */
record Selection(CatalogView view, List<ViewColumn> shown, List<Filter> filters, List<SortKey> order) {

    private static final String SORT = "sort";
    private static final String COLUMNS = "columns";

    /** Not columns; a column of such a name is meant if the name stands in double quotes. */
    private static final Set<String> RESERVED = Set.of("limit", "after", SORT, COLUMNS);

    private static final int MOST_SORTED = 8;

    /** @throws RefusedException (400) if a parameter names no column, or is not what it must be */
    static Selection of(CatalogView view, MultivaluedMap<String, String> parameters) {
        List<Filter> filters = new ArrayList<>();
        for (Map.Entry<String, List<String>> parameter : parameters.entrySet()) {
            if (!RESERVED.contains(parameter.getKey())) {
                ViewColumn column = column(view, parameter.getKey(), unquoted(parameter.getKey()));
                parameter.getValue().forEach(text -> filters.add(Filter.of(column, text)));
            }
        }
        return new Selection(view, shown(view, parameters), filters, order(view, filters, parameters.getFirst(SORT)));
    }

    /**
     * The row with a primary key.
     *
     * @param encoded its values in the order of its columns, each percent-encoded, with commas in between
     * @throws RefusedException (400, 404) unless the view has a key of so many columns
     */
    static Selection ofKey(CatalogView view, String encoded, MultivaluedMap<String, String> parameters) {
        if (!view.hasKey()) {
            throw RefusedException.absent(view.name() + " has no key; look for its rows by their columns");
        }
        String[] values = view.key().size() == 1 ? new String[] {encoded} : encoded.split(",", -1);
        if (values.length != view.key().size()) {
            throw RefusedException.violation(
                    "key",
                    "must have the values of %s, with commas in between".formatted(String.join(", ", view.key())));
        }
        List<Filter> filters = new ArrayList<>();
        for (int i = 0; i < values.length; i++) {
            String value = Filter.storable("key", URIDecoder.decodeURIComponent(values[i], false));
            ViewColumn column = view.column(view.key().get(i)).orElseThrow();
            filters.add(new Filter(column, Filter.Operator.EQ, List.of(value)));
        }
        return new Selection(view, shown(view, parameters), filters, List.of());
    }

    /** The columns that a request names, or all of them. */
    private static List<ViewColumn> shown(CatalogView view, MultivaluedMap<String, String> parameters) {
        String names = parameters.getFirst(COLUMNS);
        return names == null
                ? view.columns()
                : QuotedList.of(COLUMNS, names).stream()
                        .distinct()
                        .map(name -> column(view, COLUMNS, name))
                        .toList();
    }

    /** The columns that are the same in all rows that are asked for. */
    Set<String> equal() {
        return filters.stream()
                .filter(Filter::isEquality)
                .map(filter -> filter.column().name())
                .collect(toSet());
    }

    /** The columns of which rows have several values, and not all. */
    Set<String> restricted() {
        return filters.stream()
                .filter(filter -> !filter.isEquality())
                .map(filter -> filter.column().name())
                .collect(toSet());
    }

    private static String unquoted(String name) {
        return name.length() > 1 && name.startsWith("\"")
                ? QuotedList.of(name, name).get(0)
                : name;
    }

    private static ViewColumn column(CatalogView view, String parameter, String name) {
        return view.column(name)
                .orElseThrow(() -> RefusedException.violation(
                        parameter, "must name a column of %s: there is no %s".formatted(view.name(), name)));
    }

    /** As asked for, and then by the key; without what is the same in all rows, or comes behind what tells them apart. */
    private static List<SortKey> order(CatalogView view, List<Filter> filters, String sort) {
        List<SortKey> asked = sort == null ? List.of() : sorted(view, sort);
        boolean descending = !asked.isEmpty() && asked.get(asked.size() - 1).descending();
        if (!view.hasKey()) {
            Stream<SortKey> first = asked.isEmpty() ? firstColumn(view) : asked.stream();
            return Stream.concat(first, Stream.of(new SortKey(null, descending)))
                    .toList();
        }
        Set<String> known = new HashSet<>();
        filters.stream()
                .filter(Filter::isEquality)
                .forEach(filter -> known.add(filter.column().name()));
        Stream<SortKey> byKey = view.key().stream().map(name -> new SortKey(column(view, SORT, name), descending));
        List<SortKey> order = new ArrayList<>();
        for (SortKey each : Stream.concat(asked.stream(), byKey).toList()) {
            if (!view.isUnique(known) && known.add(each.column().name())) {
                order.add(each);
            }
        }
        return order;
    }

    private static Stream<SortKey> firstColumn(CatalogView view) {
        return view.columns().stream()
                .filter(ViewColumn::isComparable)
                .limit(1)
                .map(column -> new SortKey(column, false));
    }

    private static List<SortKey> sorted(CatalogView view, String sort) {
        Set<SortKey> keys = new LinkedHashSet<>();
        Set<String> names = new HashSet<>();
        for (String each : QuotedList.of(SORT, sort)) {
            boolean descending = each.startsWith("-") && view.column(each).isEmpty();
            ViewColumn column = column(view, SORT, descending ? each.substring(1) : each);
            if (!column.isComparable()) {
                throw RefusedException.violation(
                        SORT, "must not name %s: a %s has no order".formatted(column.name(), column.type()));
            }
            if (names.add(column.name())) {
                keys.add(new SortKey(column, descending));
            }
        }
        if (keys.size() > MOST_SORTED) {
            throw RefusedException.violation(SORT, "must not name more than " + MOST_SORTED + " columns");
        }
        return List.copyOf(keys);
    }
}
