package io.streamviews.rest;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * What a list is sorted by: one of the names that it offers, the lowest first; or, behind a minus, the highest first.
 *
 * @param descending the highest first
 */
public record Sort(String name, boolean descending) {

    /** @throws RefusedException (400) unless absent or one of the names, with or without a minus */
    public static Sort of(String parameter, String whenAbsent, String... names) {
        String asked = parameter == null ? whenAbsent : parameter;
        boolean descending = asked.startsWith("-");
        String name = descending ? asked.substring(1) : asked;
        if (!Arrays.asList(names).contains(name)) {
            throw RefusedException.violation(
                    "sort",
                    Arrays.stream(names)
                            .map(each -> each + ", -" + each)
                            .collect(Collectors.joining(", ", "must be one of ", "")));
        }
        return new Sort(name, descending);
    }

    /** The comparison that what follows passes. */
    public String following() {
        return descending ? "<" : ">";
    }

    /** The direction as SQL says it. */
    public String direction() {
        return descending ? "DESC" : "ASC";
    }

    /** A number before all others in this order. */
    public long start() {
        return descending ? Long.MAX_VALUE : Long.MIN_VALUE;
    }
}
