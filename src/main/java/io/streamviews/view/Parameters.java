package io.streamviews.view;

import java.util.ArrayList;
import java.util.List;

/** The values of a statement, in the order of their numbers; each is a text that PostgreSQL casts to its type. */
final class Parameters {

    private final List<Parameter> all = new ArrayList<>();

    /**
     * A value.
     *
     * @param name as the client knows it
     * @param type that PostgreSQL makes of the text
     */
    record Parameter(String name, String type, Object value) {

        String sql(int number) {
            return value instanceof String[]
                    ? "$%d::text[]::%s[]".formatted(number, type)
                    : "$%d::text::%s".formatted(number, type);
        }
    }

    /** How SQL refers to the value. */
    String add(String name, String type, String value) {
        return add(new Parameter(name, type, value));
    }

    /** How SQL refers to the values, as an array. */
    String addAll(String name, String type, List<String> values) {
        return add(new Parameter(name, type, values.toArray(String[]::new)));
    }

    private String add(Parameter parameter) {
        all.add(parameter);
        return parameter.sql(all.size());
    }

    List<Parameter> all() {
        return List.copyOf(all);
    }

    Object[] values() {
        return all.stream().map(Parameter::value).toArray();
    }
}
