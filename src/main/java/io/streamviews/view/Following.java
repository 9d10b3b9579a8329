package io.streamviews.view;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The conditions on rows that stand behind a place in a list. NULL is greater than all else, and one NULL is as the other. */
final class Following {

    private final List<SortKey> order;
    private final List<String> values = new ArrayList<>();

    Following(List<SortKey> order, RowPlace place, Parameters parameters) {
        this.order = order;
        for (int i = 0; i < order.size(); i++) {
            String value = place.values().get(i);
            values.add(
                    value == null ? null : parameters.add("after", order.get(i).cast(), value));
        }
    }

    /** Conditions of which each is one range of an index; each row behind the place has one of them. */
    List<String> ranges() {
        List<String> ranges = new ArrayList<>();
        for (int i = 0; i < order.size(); i++) {
            for (String behind : behind(i, sql(i))) {
                ranges.add(and(same(i, this::sql), behind));
            }
        }
        return ranges.isEmpty() ? List.of("false") : ranges;
    }

    /** The same with ranges of the first column only, and for rows that stand at the place, too. */
    List<String> rangesOfFirst() {
        SortKey first = order.get(0);
        String rest = "(%s OR %s)".formatted(behind(this::sql), and(same(order.size(), this::sql), "true"));
        if (values.get(0) == null) {
            return List.of(first.descending() ? rest : and(Stream.of(sql(0) + " IS NULL"), rest));
        }
        List<String> ranges = new ArrayList<>();
        ranges.add(and(Stream.of("%s %s= %s".formatted(sql(0), first.following(), values.get(0))), rest));
        if (first.isNullable() && !first.descending()) {
            ranges.add(sql(0) + " IS NULL");
        }
        return ranges;
    }

    /** The condition in one, on whatever the columns are called. */
    String behind(IntFunction<String> names) {
        return IntStream.range(0, order.size())
                .boxed()
                .flatMap(i -> behind(i, names.apply(i)).stream().map(behind -> and(same(i, names), behind)))
                .collect(Collectors.joining(" OR ", "(false OR ", ")"));
    }

    private String sql(int i) {
        return order.get(i).sql();
    }

    /** The first so many columns are as at the place. */
    private Stream<String> same(int columns, IntFunction<String> names) {
        return IntStream.range(0, columns)
                .mapToObj(i ->
                        values.get(i) == null ? names.apply(i) + " IS NULL" : names.apply(i) + " = " + values.get(i));
    }

    private List<String> behind(int i, String name) {
        SortKey key = order.get(i);
        if (values.get(i) == null) {
            return key.descending() ? List.of(name + " IS NOT NULL") : List.of();
        }
        String behind = "%s %s %s".formatted(name, key.following(), values.get(i));
        return key.isNullable() && !key.descending() ? List.of(behind, name + " IS NULL") : List.of(behind);
    }

    private static String and(Stream<String> conditions, String last) {
        return Stream.concat(conditions, Stream.of(last)).collect(Collectors.joining(" AND ", "(", ")"));
    }
}
