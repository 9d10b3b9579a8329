package io.streamviews.view;

import io.streamviews.rest.RefusedException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What rows must have in a column.
 *
 * @param values one; several of {@code in}; none of those about NULL
 */
record Filter(ViewColumn column, Operator operator, List<String> values) {

    private static final int MOST_VALUES = 100;

    /** As people write them, and as PostgreSQL does. */
    enum Operator {
        EQ("="),
        NEQ("<>"),
        GT(">"),
        GTE(">="),
        LT("<"),
        LTE("<="),
        IN("= ANY"),
        IS_NULL("IS NULL"),
        IS_NOT_NULL("IS NOT NULL");

        private final String sql;

        Operator(String sql) {
            this.sql = sql;
        }
    }

    /** @throws RefusedException (400) unless it is an operator and what that takes, such as {@code gte.10} */
    static Filter of(ViewColumn column, String text) {
        int dot = text.indexOf('.');
        String name = dot < 0 ? text : text.substring(0, dot);
        String value = dot < 0 ? "" : text.substring(dot + 1);
        if (name.equals("is") && value.equals("null")) {
            return new Filter(column, Operator.IS_NULL, List.of());
        }
        if (name.equals("is") && value.equals("not_null")) {
            return new Filter(column, Operator.IS_NOT_NULL, List.of());
        }
        Operator operator = Arrays.stream(Operator.values())
                .filter(each -> each.compareTo(Operator.IS_NULL) < 0)
                .filter(each -> each.name().toLowerCase(Locale.ROOT).equals(name))
                .findFirst()
                .filter(each -> dot >= 0)
                .orElseThrow(() -> RefusedException.violation(
                        column.name(),
                        "must be one of eq.x, neq.x, gt.x, gte.x, lt.x, lte.x, in.(x,y), is.null, is.not_null"));
        if (!column.isComparable()) {
            throw RefusedException.violation(
                    column.name(),
                    "is a %s, of which only is.null and is.not_null can be asked".formatted(column.type()));
        }
        return operator == Operator.IN
                ? in(column, value)
                : new Filter(column, operator, List.of(storable(column.name(), value)));
    }

    private static Filter in(ViewColumn column, String value) {
        if (!value.startsWith("(") || !value.endsWith(")") || value.length() == 1) {
            throw RefusedException.violation(column.name(), "must list its values in brackets, such as in.(x,y)");
        }
        List<String> values = QuotedList.of(column.name(), value.substring(1, value.length() - 1)).stream()
                .map(each -> storable(column.name(), each))
                .distinct()
                .toList();
        if (values.size() > MOST_VALUES) {
            throw RefusedException.violation(column.name(), "must not list more than " + MOST_VALUES + " values");
        }
        return values.size() == 1 ? new Filter(column, Operator.EQ, values) : new Filter(column, Operator.IN, values);
    }

    /** @throws RefusedException (400) if PostgreSQL has no text with it */
    static String storable(String parameter, String value) {
        if (value.indexOf('\0') >= 0) {
            throw RefusedException.violation(parameter, "must not hold the character U+0000");
        }
        return value;
    }

    /** Whether all rows that pass have the same in the column. */
    boolean isEquality() {
        return operator == Operator.EQ || operator == Operator.IS_NULL;
    }

    /** As SQL. */
    String sql(String column, Parameters parameters) {
        if (values.isEmpty()) {
            return column + " " + operator.sql;
        }
        String value = operator == Operator.IN
                ? parameters.addAll(this.column.name(), this.column.cast(), values)
                : parameters.add(this.column.name(), this.column.cast(), values.get(0));
        return "%s %s (%s)".formatted(column, operator.sql, value);
    }
}
