package io.streamviews.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a measurement is told on the command line, over what it assumes if it is told nothing. */
final class BenchOptions {

    private final Map<String, String> values;

    private BenchOptions(Map<String, String> values) {
        this.values = values;
    }

    /** @param defaults every option there is, without its dashes */
    static BenchOptions parse(Map<String, String> defaults, String... args) {
        Map<String, String> values = new LinkedHashMap<>(defaults);
        for (int i = 0; i < args.length; i += 2) {
            String name = args[i].replaceFirst("^--", "");
            if (!defaults.containsKey(name) || i + 1 == args.length) {
                throw new IllegalArgumentException("Unknown option, or one without a value: " + args[i]);
            }
            values.put(name, args[i + 1]);
        }
        return new BenchOptions(values);
    }

    int integer(String name) {
        return Integer.parseInt(values.get(name));
    }

    double number(String name) {
        return Double.parseDouble(values.get(name));
    }

    List<String> words(String name) {
        return List.of(values.get(name).split(" "));
    }
}
